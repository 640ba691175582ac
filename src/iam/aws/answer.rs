//! IAM's answers in our own types.
//!
//! In: the SDK's structures, out: ours, or one line that says what cannot be read. IAM
//! gives documents out URL-encoded; here they become text again. A role in a listing whose
//! name or ARN is beyond IAM's own rules is left out: no role of ours looks so.

use std::collections::HashMap;

use aws_sdk_iam::types::{Role, SummaryKeyType, Tag};

use crate::iam::{AccountSummary, RoleDetail, RoleSummary};
use crate::model::{AccountId, Arn, Identity, Partition, RoleName, Tags};

/// Whose account it is, by the caller's ARN, which holds the partition too.
pub(super) fn identity(arn: Option<&str>, account: Option<&str>) -> Result<Identity, String> {
    let arn = Arn::parse(arn.unwrap_or_default()).map_err(|e| e.message)?;
    let id = account
        .map_or_else(|| arn.account().map(Ok), |id| Some(AccountId::parse(id)))
        .ok_or("the answer names no account")?
        .map_err(|e| e.message)?;
    let partition = arn.as_str().split(':').nth(1).unwrap_or_default();
    Ok(Identity {
        partition: Partition::parse(partition).map_err(|e| e.message)?,
        account: id,
    })
}

/// What the account tells of itself. Keys are compared by their names: the SDK's do not hold all.
pub(super) fn account_summary(told: Option<&HashMap<SummaryKeyType, i32>>) -> AccountSummary {
    let number = |name: &str| {
        let (_, number) = told?.iter().find(|(key, _)| key.as_str() == name)?;
        usize::try_from(*number).ok()
    };
    AccountSummary {
        roles: number("Roles"),
        roles_quota: number("RolesQuota"),
        role_policy_size_quota: number("RolePolicySizeQuota"),
        trust_policy_size_quota: number("AssumeRolePolicySizeQuota"),
        managed_policies_per_role_quota: number("AttachedPoliciesPerRoleQuota"),
    }
}

/// A role as a listing gives it.
pub(super) fn summary(role: &Role) -> Option<RoleSummary> {
    Some(RoleSummary {
        name: RoleName::parse(role.role_name()).ok()?,
        arn: Arn::parse(role.arn()).ok()?,
        created: role.create_date().secs(),
        description: role.description().map(str::to_owned),
    })
}

/// A role with its trust policy, boundary and tags.
pub(super) fn detail(role: &Role) -> Result<RoleDetail, String> {
    let boundary = role
        .permissions_boundary()
        .and_then(|boundary| boundary.permissions_boundary_arn())
        .map(Arn::parse)
        .transpose();
    Ok(RoleDetail {
        summary: summary(role).ok_or("the answer holds a role with an impossible name or ARN")?,
        trust: document(role.assume_role_policy_document().unwrap_or_default())?,
        boundary: boundary.map_err(|e| e.message)?,
        tags: role.tags().iter().map(|tag| (tag.key(), tag.value())).collect(),
        last_used: role
            .role_last_used()
            .and_then(|used| used.last_used_date())
            .map(aws_sdk_iam::primitives::DateTime::secs),
    })
}

/// Tags as the SDK takes them.
pub(super) fn to_tags(tags: &Tags) -> Result<Vec<Tag>, String> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())
}

/// A document as text: RFC 3986 undone.
///
/// An encoded document cannot hold a `{`; one that does is text already, as some servers
/// that speak IAM's protocol give it.
pub(super) fn document(encoded: &str) -> Result<String, String> {
    if encoded.contains('{') {
        return Ok(encoded.to_owned());
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = hex_pair(after).filter(|_| first == b'%');
        let (byte, next) = pair.unwrap_or((first, after));
        bytes.push(byte);
        rest = next;
    }
    String::from_utf8(bytes).map_err(|_| "the document is not UTF-8 text".to_owned())
}

fn hex_pair(text: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, rest) = text.split_first_chunk::<2>()?;
    let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
    let byte = u8::try_from(high? * 16 + low?).ok()?;
    Some((byte, rest))
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::primitives::DateTime;

    use super::*;

    #[test]
    fn a_document_is_decoded() {
        let encoded = "%7B%22Sid%22%3A%20%22a+b%22%2C%0A%22%C3%A9%22%3a%7e%7D";
        assert_eq!(document(encoded).unwrap(), "{\"Sid\": \"a+b\",\n\"é\":~}");
    }

    #[test]
    fn percent_signs_of_the_document_itself_survive() {
        assert_eq!(document("%7B%2541%25%7D").unwrap(), "{%41%}");
        assert_eq!(document("a%4").unwrap(), "a%4");
        assert_eq!(document("%zz%").unwrap(), "%zz%");
    }

    #[test]
    fn a_document_that_is_text_already_stays() {
        assert_eq!(document(r#"{"a": "%41"}"#).unwrap(), r#"{"a": "%41"}"#);
    }

    #[test]
    fn a_document_that_is_no_text_is_a_fault() {
        assert!(document("%FF").unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn the_partition_comes_from_the_callers_arn() {
        let identity = |arn| identity(Some(arn), Some("012345678901"));
        let found = identity("arn:aws-cn:sts::012345678901:assumed-role/a/b").unwrap();
        assert_eq!(found.partition.as_str(), "aws-cn");
        assert_eq!(found.account.as_str(), "012345678901");
        assert!(identity("arn:nowhere:iam::012345678901:root").is_err());
        assert!(identity("").is_err());
    }

    #[test]
    fn each_number_of_the_account_is_told_as_what_it_is() {
        let told = [
            ("Roles", 812),
            ("RolesQuota", 5_000),
            ("RolePolicySizeQuota", 10_241),
            ("AssumeRolePolicySizeQuota", 4_096),
            ("AttachedPoliciesPerRoleQuota", 20),
            ("PolicySizeQuota", 6_144),
        ];
        let told = told
            .map(|(key, number)| (SummaryKeyType::from(key), number))
            .into();
        let expected = AccountSummary {
            roles: Some(812),
            roles_quota: Some(5_000),
            role_policy_size_quota: Some(10_241),
            trust_policy_size_quota: Some(4_096),
            managed_policies_per_role_quota: Some(20),
        };
        assert_eq!(account_summary(Some(&told)), expected);
        assert_eq!(account_summary(None), AccountSummary::default());
    }

    #[test]
    fn a_role_with_an_impossible_name_is_left_out_of_a_listing() {
        let role = |name: &str| {
            Role::builder()
                .path("/")
                .role_name(name)
                .role_id("AROA")
                .arn(format!("arn:aws:iam::012345678901:role/{name}"))
                .create_date(DateTime::from_secs(7))
                .build()
                .unwrap()
        };
        assert_eq!(summary(&role("fine")).unwrap().created, 7);
        assert_eq!(summary(&role("not fine")), None);
    }
}
