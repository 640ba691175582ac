use super::*;

#[test]
fn hashes_are_written_as_a_policy_names_them() {
    // The digest of no text: https://www.rfc-editor.org/rfc/rfc4648 and FIPS 180-4.
    assert_eq!(
        source_hash(""),
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
    let written = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
    assert_eq!(
        written,
        ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
    );
}

#[test]
fn the_page_brings_its_own_style_and_script_and_no_handler() {
    for text in [SCRIPT, STYLE] {
        assert!(
            !text.contains("{{") && !text.contains("</"),
            "it would end too early"
        );
    }
    let markup = PAGE.to_lowercase();
    for word in [
        " onclick", " onload", " style=", " src=", "http:", "https:", "url(",
    ] {
        assert!(!markup.contains(word), "{word}");
    }
    assert!(SCRIPT.lines().count() < 150);
}
