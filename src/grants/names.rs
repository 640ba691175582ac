//! Names with their variables filled in.

use std::collections::BTreeMap;

use super::CapabilityRule;
use super::derive::codes;
use crate::diagnostic::{Diagnostic, Located};
use crate::model::{Context, Namespace, RoleName};
use crate::topology::{INVALID_NAME, Text, Variable};

/// The name of a role that a topology names, in a place.
///
/// # Errors
/// A finding with the place of the name, when a variable has no value or no role can have the name.
pub fn role_name(
    context: &Context,
    namespace: &Namespace,
    text: &Located<Text>,
) -> Result<RoleName, Diagnostic> {
    let failed = |finding: Diagnostic| finding.at(text.span.clone());
    let name = text.value.resolve(context, namespace);
    let name = name.map_err(|variable| failed(no_value(&text.value, variable)))?;
    RoleName::parse(&name).map_err(|invalid| {
        let finding = Diagnostic::error(INVALID_NAME, invalid.message);
        failed(finding.help(invalid.help))
    })
}

/// The values that an ARN is made of with a pattern for the name, where the name ends with the sandbox
/// and the capability is on a kind that can bear the sandbox's tag: `jobs_dev` becomes `*_dev`.
///
/// The pattern alone would let `jobs_my_dev` in: it is for statements that ask for the tag.
pub(super) fn pattern(
    context: &Context,
    rule: &CapabilityRule,
    mut named: BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    let name = named.get_mut(&rule.name_part()?)?;
    let sandbox = context.sandbox.as_str();
    let own = name.strip_suffix(sandbox)?;
    let separator = own.chars().last().filter(|last| "_-".contains(*last))?;
    // What stands below something else is named by more than its own name.
    if own.contains('/') && !rule.is_path {
        return None;
    }
    *name = format!("*{separator}{sandbox}");
    Some(named)
}

/// What to say of a text with a variable that has no value.
pub(super) fn no_value(text: &Text, variable: Variable) -> Diagnostic {
    let text = text.to_string();
    let text = text.escape_debug();
    let (value, help) = match variable {
        Variable::Profile => {
            let message = format!("`{text}` needs the name of a profile, and none is named");
            return Diagnostic::error(codes::NO_PROFILE, message).help("name one with `-e PROFILE`");
        }
        Variable::AssetBucket => (
            "the asset bucket",
            "name it with TC_ASSET_BUCKET, or as `asset_bucket` of `aws.lambda` in the configuration",
        ),
        Variable::AssetAccount => ("the asset account", "name it with TC_ASSET_ACCOUNT"),
        Variable::Repository => ("the repository of images", "name it with TC_ECR_REPO"),
        _ => (
            "a value that nobody knows before the sandbox is deployed",
            "a role cannot depend on it: write the name out, or with other variables",
        ),
    };
    let message = format!("`{text}` needs {value}, and `{variable}` has no value");
    Diagnostic::error(codes::NO_VALUE, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::Matrix;

    /// The values with a pattern for the name, as `part=value`; nothing where there is none.
    fn pattern_of(capability: &str, named: &[(&str, &str)]) -> Option<String> {
        let rule = &Matrix::built_in().unwrap().capabilities[capability];
        let named = named
            .iter()
            .map(|(part, value)| ((*part).to_owned(), (*value).to_owned()));
        let pattern = pattern(&Context::example(), rule, named.collect())?;
        let parts = pattern.iter().map(|(part, value)| format!("{part}={value}"));
        Some(parts.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_name_that_ends_in_the_sandbox_has_a_pattern_in_its_own_form() {
        let queue = |name| pattern_of("queue.send", &[("name", name)]);
        assert_eq!(queue("jobs_dev").as_deref(), Some("name=*_dev"));
        assert_eq!(queue("jobs-dev").as_deref(), Some("name=*-dev"));
        for name in [
            "jobs",
            "dev",
            "jobsdev",
            "dev_jobs",
            "jobs.dev",
            "jobs_Dev",
            "jobs_dev.fifo",
        ] {
            assert_eq!(queue(name), None, "{name}");
        }
        let object = [("bucket", "media-dev"), ("key", "a/b")];
        let expected = Some("bucket=*-dev key=a/b");
        assert_eq!(pattern_of("bucket.read", &object).as_deref(), expected);
        let channel = [("api", "abc-dev"), ("name", "news")];
        assert_eq!(
            pattern_of("channel.publish", &channel),
            None,
            "the API is no name of it"
        );
    }

    #[test]
    fn only_a_name_that_is_all_that_tells_has_a_pattern_and_only_where_a_tag_can_tell() {
        let below = [("name", "media/archive_dev")];
        assert_eq!(
            pattern_of("objects.read", &below),
            None,
            "what is tagged is the bucket"
        );
        let parameter = pattern_of("parameter.read", &[("name", "shop/key_dev")]);
        assert_eq!(parameter.as_deref(), Some("name=*_dev"));
        for (id, rule) in &Matrix::built_in().unwrap().capabilities {
            let named: Vec<(String, &str)> = rule.parts().into_iter().map(|part| (part, "a_dev")).collect();
            let named: Vec<(&str, &str)> = named
                .iter()
                .map(|(part, value)| (part.as_str(), *value))
                .collect();
            assert_eq!(pattern_of(id, &named).is_some(), rule.taggable.is_some(), "{id}");
        }
    }
}
