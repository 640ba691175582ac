use std::path::Path;

use super::lay_out;
use crate::source::{SourceError, TemplateFiles, templates};

fn paths(found: &TemplateFiles) -> Vec<(&str, &str)> {
    let texts = found.files.iter();
    texts
        .map(|(path, file)| (path.as_str(), found.sources.text(*file)))
        .collect()
}

fn refused(directory: &Path) -> (&'static str, String) {
    let error = templates(directory).unwrap_err();
    assert!(!error.help().is_empty());
    let place = error.path().strip_prefix(directory).unwrap_or(error.path());
    (error.code(), place.to_string_lossy().into_owned())
}

#[test]
fn role_files_are_read_where_they_stand_and_nothing_else_is() {
    let directory = lay_out(&[
        ("tc/base/roles/function.json", "\u{feff}a"),
        ("tc/base/roles/notes.txt", "no template"),
        ("tc/base/roles/deeper/function.json", "b"),
        ("tc/base/vars/function.json", "c"),
        ("tc/orders/roles/event.trust.json", "d"),
        ("tc/partials/deep/er/p.hbs", "e"),
        ("tc/.git/roles/function.json", "f"),
        ("tc/partials/.hidden.json", "g"),
        ("tc/config.yml", "h"),
        ("other/roles/function.json", "i"),
    ]);
    let expected = [
        ("base/roles/function.json", "a"),
        ("base/roles/notes.txt", ""),
        ("orders/roles/event.trust.json", "d"),
        ("partials/deep/er/p.hbs", "e"),
    ];
    for named in [directory.path().to_owned(), directory.path().join("tc")] {
        let found = templates(&named).unwrap();
        assert_eq!(paths(&found), expected);
        assert_eq!(found.directory, directory.path().join("tc"));
        let file = found.files["base/roles/function.json"];
        let shown = directory.path().join("tc/base/roles/function.json");
        assert_eq!(found.sources.name(file), shown.to_str().unwrap());
    }
}

#[test]
fn a_directory_that_is_the_set_is_not_searched_for_another() {
    let directory = lay_out(&[
        ("base/roles/function.json", "a"),
        ("tc/base/roles/event.json", "b"),
    ]);
    assert_eq!(
        paths(&templates(directory.path()).unwrap()),
        [("base/roles/function.json", "a")]
    );
}

#[test]
fn a_directory_without_role_files_is_refused() {
    let directory = lay_out(&[("base/vars/x.json", "a"), ("file", "b")]);
    assert_eq!(refused(directory.path()), ("no-templates", String::new()));
    assert_eq!(refused(&directory.path().join("none")).0, "no-directory");
    assert_eq!(refused(&directory.path().join("file")).0, "not-a-directory");
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let directory = lay_out(&[("base/roles/function.json", "a")]);
    std::fs::write(directory.path().join("base/roles/event.json"), [b'{', 0xff]).unwrap();
    assert_eq!(
        refused(directory.path()),
        ("not-text", "base/roles/event.json".to_owned())
    );
}

#[test]
#[cfg(unix)]
fn no_role_file_is_read_from_outside_of_the_repository() {
    use std::os::unix::fs::symlink;
    for marker in ["repository/.git/HEAD", "repository/none"] {
        let directory = lay_out(&[
            (marker, ""),
            ("repository/set/base/roles/function.json", "a"),
            ("repository/shared/p.json", "b"),
            ("elsewhere/q.json", "c"),
        ]);
        let set = directory.path().join("repository/set");
        symlink("nowhere", set.join("base/odd")).unwrap();
        symlink("../../../elsewhere", set.join("base/vars")).unwrap();
        assert_eq!(paths(&templates(&set).unwrap()).len(), 1);
        symlink("../shared", set.join("partials")).unwrap();
        match templates(&set) {
            Ok(found) if marker.contains(".git") => {
                assert_eq!(paths(&found).last(), Some(&("partials/p.json", "b")));
            }
            found => {
                assert!(matches!(found, Err(SourceError::Outside { .. })) && !marker.contains(".git"));
                continue;
            }
        }
        symlink(
            "../../elsewhere/q.json",
            directory.path().join("repository/shared/q.json"),
        )
        .unwrap();
        assert_eq!(
            refused(&set),
            ("outside-repository", "partials/q.json".to_owned())
        );
        std::fs::remove_file(directory.path().join("repository/shared/q.json")).unwrap();
        symlink("nowhere", set.join("base/roles/event.json")).unwrap();
        assert_eq!(refused(&set), ("cannot-read", "base/roles/event.json".to_owned()));
        std::fs::remove_file(set.join("base/roles/event.json")).unwrap();
        symlink(".", directory.path().join("repository/shared/again")).unwrap();
        assert_eq!(refused(&set).0, "cannot-read");
    }
}
