//! Speaking to moto past the proxy.

use std::collections::BTreeMap;

use super::form;
use super::proxy::agent;

/// A test's account in moto, reached directly: nothing is recorded and no fault is played.
#[derive(Debug, Clone)]
pub struct Moto {
    url: String,
    account: String,
}

impl Moto {
    pub(super) fn new(url: &str, account: &str) -> Self {
        Self {
            url: url.to_owned(),
            account: account.to_owned(),
        }
    }

    /// Makes a call of IAM's API that must succeed, and gives the XML of its answer.
    #[track_caller]
    pub fn call(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.try_call(action, parameters)
            .unwrap_or_else(|answer| panic!("moto refuses {action}: {answer}"))
    }

    /// Makes a call of IAM's API.
    ///
    /// # Errors
    /// The XML of the answer when IAM refuses.
    pub fn try_call(&self, action: &str, parameters: &[(&str, &str)]) -> Result<String, String> {
        let fields = [("Action", action), ("Version", "2010-05-08")];
        let body = form::encode(&[&fields, parameters].concat());
        let mut response = agent()
            .post(&self.url)
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request",
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-moto-account-id", &self.account)
            .send(body)
            .unwrap_or_else(|error| panic!("moto does not answer at {}: {error}", self.url));
        let text = response.body_mut().read_to_string().unwrap();
        if response.status().is_success() {
            Ok(text)
        } else {
            Err(text)
        }
    }

    /// The names of the account's roles, sorted.
    pub fn role_names(&self) -> Vec<String> {
        let mut names = texts(&self.call("ListRoles", &[("MaxItems", "1000")]), "RoleName");
        names.sort();
        names
    }
}

/// The tags that `ListRoleTags` answers.
pub fn tags(answer: &str) -> BTreeMap<String, String> {
    let tag = |tag: &String| {
        // A tag without a value may come as an element without an end.
        let value = texts(tag, "Value").into_iter().next();
        (texts(tag, "Key").remove(0), value.unwrap_or_default())
    };
    texts(answer, "member").iter().map(tag).collect()
}

/// The texts of all elements of one name in an XML document, in its order.
pub fn texts(xml: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&close))
        .map(|(text, _)| {
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
        })
        .collect()
}
