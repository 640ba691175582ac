//! Checks commands that cannot be run here: the program must understand them.

use clap::Parser as _;
use tcperm::cli::Cli;

/// The runs of tcperm among the lines of a block, each in its words.
pub fn invocations(block: &str) -> Vec<Vec<String>> {
    block.lines().filter_map(invocation).collect()
}

/// What the program says against a command line, if anything.
pub fn fault(words: &[String]) -> Option<String> {
    let error = Cli::try_parse_from(words).err()?;
    error.use_stderr().then(|| error.to_string())
}

/// The words of a line that runs tcperm, with what stands before it left out.
fn invocation(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let line = line.split(" # ").next()?.split(" > ").next()?;
    let line = line.replace("cargo run --release --", "tcperm");
    let words = words(&line);
    let program = words.iter().position(|word| word == "tcperm")?;
    let assignments = words[..program].iter().all(|word| word.contains('='));
    assignments.then(|| words[program..].to_vec())
}

/// Splits as a shell does, as far as the documents go: blanks and quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ' ') => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[test]
fn runs_of_tcperm_are_found_among_other_lines() {
    let block = "# tcperm is not run here\nTC_X=1 tcperm list -e 'a b' # all\ncargo run --release -- list > a.txt\naws tcperm\n";
    assert_eq!(
        invocations(block),
        [vec!["tcperm", "list", "-e", "a b"], vec!["tcperm", "list"]]
    );
}

#[test]
fn a_command_that_tcperm_does_not_understand_is_a_fault() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(fault(&words("tcperm create -s dev -e PROFILE")), None);
    assert_eq!(fault(&words("tcperm --help")), None);
    assert!(fault(&words("tcperm create --sandbx dev")).is_some());
    assert!(fault(&words("tcperm create -s * --local")).is_some());
}
