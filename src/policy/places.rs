use std::collections::BTreeMap;
use std::ops::Range;

/// Where everything of a document stands in its text.
///
/// Ranges are bytes of the text; that of a string holds its quotes. Lists are in the order
/// of the text, as in the [`Policy`](super::Policy), maps in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The document, from brace to brace.
    pub document: Range<usize>,
    /// The `Version`.
    pub version: Option<EntryPlace>,
    /// The `Id`.
    pub id: Option<EntryPlace>,
    /// The statements.
    pub statements: Vec<StatementPlaces>,
}

/// Where the parts of a statement stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPlaces {
    /// The statement, from brace to brace.
    pub statement: Range<usize>,
    /// The `Sid`.
    pub sid: Option<EntryPlace>,
    /// The `Effect`.
    pub effect: EntryPlace,
    /// The `Principal` or `NotPrincipal`; its values by type, none for `"*"`.
    pub principal: Option<MapPlaces<ValuesPlaces>>,
    /// The `Action` or `NotAction`.
    pub action: ValuesPlaces,
    /// The `Resource` or `NotResource`.
    pub resource: Option<ValuesPlaces>,
    /// The `Condition`: operator → condition key → values.
    pub condition: Option<MapPlaces<MapPlaces<ValuesPlaces>>>,
}

/// Where a key and its value stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPlace {
    /// The key.
    pub key: Range<usize>,
    /// The value.
    pub value: Range<usize>,
}

/// Where a key and its values stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesPlaces {
    /// The key and the whole value.
    pub entry: EntryPlace,
    /// Each value; one when it stands alone.
    pub each: Vec<Range<usize>>,
}

/// Where a key and the entries of its value stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapPlaces<T> {
    /// The key and the whole value.
    pub entry: EntryPlace,
    /// The entries of the value.
    pub entries: BTreeMap<String, T>,
}
