//! Names with their variables filled in.

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
