use super::Variables;

/// A policy variable: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// The key, in small letters.
    pub(crate) key: Box<str>,
    /// The key, as written.
    pub(crate) written: Box<str>,
    /// What it stands for where the request lacks the key.
    pub(crate) default: Option<Box<str>>,
}

/// A character of a policy's text, or what stands for one or more.
#[derive(Debug)]
pub(crate) enum Symbol {
    Plain(char),
    /// A character that stands for itself: `${*}`.
    Escaped(char),
    Variable(Variable),
    /// What is written like a variable and is none.
    Broken,
}

impl Symbol {
    /// The character with which it begins, as written.
    pub(crate) const fn first(&self) -> char {
        match self {
            Self::Plain(c) | Self::Escaped(c) => *c,
            Self::Variable(_) | Self::Broken => '$',
        }
    }
}

/// A text, taken apart.
pub(crate) fn symbols(text: &str, variables: Variables) -> impl Iterator<Item = Symbol> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if variables == Variables::Stand
            && let Some((name, behind)) = rest.strip_prefix("${").and_then(|name| name.split_once('}'))
        {
            rest = behind;
            return Some(symbol(name));
        }
        let mut characters = rest.chars();
        let c = characters.next()?;
        rest = characters.as_str();
        Some(Symbol::Plain(c))
    })
}

/// What stands between `${` and `}`.
fn symbol(name: &str) -> Symbol {
    match name {
        "*" => return Symbol::Escaped('*'),
        "?" => return Symbol::Escaped('?'),
        "$" => return Symbol::Escaped('$'),
        _ => {}
    }
    let (key, default) = match name.split_once(',') {
        None => (name, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'');
            match quoted.and_then(|quoted| quoted.strip_suffix('\'')) {
                Some(default) => (key, Some(default.into())),
                None => return Symbol::Broken,
            }
        }
    };
    let key = key.trim();
    if key.is_empty() {
        return Symbol::Broken;
    }
    Symbol::Variable(Variable {
        key: key.to_ascii_lowercase().into(),
        written: key.into(),
        default,
    })
}
