use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::plan::Action;

/// Text in a style, which the stream strips where it has no use.
pub(super) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(super) const ADDED: Style = AnsiColor::Green.on_default();
pub(super) const REMOVED: Style = AnsiColor::Red.on_default();
pub(super) const CHANGED: Style = AnsiColor::Yellow.on_default();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const NOTE: Style = AnsiColor::Blue.on_default().bold();
pub(super) const HELP: Style = AnsiColor::Cyan.on_default();

/// The sign before a role that something happens to.
pub(super) fn sign(action: Action) -> String {
    match action {
        Action::Create => styled(ADDED, "+"),
        Action::Update => styled(CHANGED, "~"),
        Action::Delete => styled(REMOVED, "-"),
        Action::None => styled(FAINT, "="),
    }
}
