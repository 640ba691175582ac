//! How a function runs: what of it needs permissions.
//!
//! A network of the team's own and a mounted file system need some, and a role of the function's
//! own bears them; layers, memory and the like need none.

use super::is_empty;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::node::{Entry, Node};
use crate::topology::spec::Runtime;

/// Reads the `runtime` of a function, a map or the name of a language.
pub(super) fn read(findings: &mut Findings, node: &Node, runtime: &mut Runtime) {
    let mut word = |key: &str| {
        let word = findings.word(node.get(key)?, &format!("`{key}`"))?;
        Some(Word::new(word.value.trim().to_owned(), word.span))
    };
    runtime.role = word("role");
    runtime.role_file = word("role_file");
    runtime.role_name = word("role_name");
    if let Some(network) = node.get("network")
        && findings.flag(network, "`network`")
    {
        runtime.network = Some(network.span.clone());
    }
    if let Some(entry) = node.entry("mount_fs")
        && findings.flag(&entry.value, "`mount_fs`")
    {
        elastic(findings, entry, runtime);
    }
    if let Some(entry) = node.entry("fs").filter(|entry| !is_empty(&entry.value)) {
        file_system(findings, entry, runtime);
    }
}

fn file_system(findings: &mut Findings, entry: &Entry, runtime: &mut Runtime) {
    let node = &entry.value;
    if findings.map(node, "`fs`").is_none() {
        return;
    }
    let kind = node.get("kind").and_then(|node| findings.word(node, "`kind`"));
    let bucket = node
        .get("bucket")
        .and_then(|node| findings.word(node, "`bucket`"));
    match (
        kind.as_ref()
            .map(|kind| kind.value.to_ascii_lowercase())
            .as_deref(),
        bucket,
    ) {
        (Some("s3") | None, Some(bucket)) => runtime.buckets.push(bucket),
        (Some("s3"), None) => {
            let message = "the file system names no bucket".to_owned();
            let help = "name it: `fs: {kind: S3, bucket: orders-files}`; until then nothing is granted";
            findings.warning(codes::NO_TARGET, &entry.key.span, message, help);
        }
        (Some("efs") | None, _) => elastic(findings, entry, runtime),
        (Some(_), _) => unknown_kind(findings, kind.as_ref()),
    }
}

fn unknown_kind(findings: &mut Findings, kind: Option<&Word>) {
    let Some(kind) = kind else {
        return;
    };
    let message = format!("{} is no kind of file system", shown(&kind.value));
    let help = "known kinds: Efs, S3; until then nothing is granted";
    findings.warning(codes::UNKNOWN_KIND, &kind.span, message, help);
}

/// An EFS file system is reached through the network, and its ids stand nowhere in a topology.
fn elastic(findings: &mut Findings, entry: &Entry, runtime: &mut Runtime) {
    runtime.network.get_or_insert_with(|| entry.key.span.clone());
    let message = format!(
        "`{}` mounts an EFS file system, whose id stands in no topology",
        entry.key.value
    );
    let help = "grant it in the configuration file: `[[grants]]`, `role = \"function\"`, `capability = \"file-system.mount\"`, `on = [\"fs-ID/fsap-ID\"]`";
    findings.warning(codes::EXPLICIT_GRANT, &entry.key.span, message, help);
}
