//! The `a=1&b=2` form in which IAM and STS are called.

use std::fmt::Write as _;

/// Writes a form.
pub fn encode(fields: &[(&str, &str)]) -> String {
    let encoded = fields
        .iter()
        .map(|(key, value)| format!("{}={}", escape(key), escape(value)));
    encoded.collect::<Vec<_>>().join("&")
}

/// The value of a form's field.
pub fn field(form: &str, key: &str) -> Option<String> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| unescape(name) == key)
        .map(|(_, value)| unescape(value))
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("a string can be written to");
        }
        escaped
    })
}

/// The text that was escaped.
pub fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let code = others
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match (first, code.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &others[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = others;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_form_gives_back_what_was_put_in() {
    let form = encode(&[("Action", "TagRole"), ("Tags.member.1.Value", "a b+c&d=é%")]);
    assert_eq!(field(&form, "Action").as_deref(), Some("TagRole"));
    assert_eq!(field(&form, "Tags.member.1.Value").as_deref(), Some("a b+c&d=é%"));
    assert_eq!(field("a+b=c+d&e=%zz%4", "a b").as_deref(), Some("c d"));
    assert_eq!(field("a+b=c+d&e=%zz%4", "e").as_deref(), Some("%zz%4"));
    assert_eq!(field(&form, "RoleName"), None);
}
