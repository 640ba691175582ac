#![expect(clippy::disallowed_methods, reason = "the test looks at files of its own")]

use crate::model::{Context, RoleId, RoleKind};
use crate::ops::Status;
use crate::plan::{Action, Operation};

use super::*;

/// Hears what is found, and nothing else.
#[derive(Default)]
struct Heard(RefCell<Vec<String>>);

impl Watcher for Heard {
    fn findings(&self, findings: &Findings) {
        let codes = findings.diagnostics.iter().map(|found| found.code.to_owned());
        self.0.borrow_mut().extend(codes);
    }
    fn approve(&self, _: &Identity, _: &Plan) -> Approval {
        Approval::Given
    }
    fn begins(&self, _: &Step) {}
    fn ended(&self, _: &StepOutcome) {}
}

fn step(kind: RoleKind, reason: &str) -> Step {
    let id = RoleId::base(kind, &Context::example().sandbox);
    Step {
        role: id.name.clone(),
        id,
        action: Action::Update,
        reasons: vec![reason.to_owned()],
        obstacle: None,
        before: None,
        after: None,
        operations: vec![Operation::Delete],
    }
}

fn ended(step: Step, error: Option<&str>) -> StepOutcome {
    StepOutcome {
        status: if error.is_some() {
            Status::Failed
        } else {
            Status::Done
        },
        error: error.map(str::to_owned),
        help: None,
        written: true,
        step,
    }
}

fn keeper(journal: Journal, interrupt: &Interrupt) -> Keeper {
    let doer = Doer {
        verb: "create",
        region: Context::example().region,
        profile: None,
        role: None,
    };
    journal.keep(doer, interrupt).unwrap()
}

/// Plays a run of two steps that ends with this error, and gives what was heard and how it ended.
fn played(keeper: &Keeper, error: Option<&str>) -> (Vec<String>, Result<(), OpError>) {
    let context = Context::example();
    let heard = Heard::default();
    let identity = Identity {
        partition: context.partition,
        account: context.account.clone(),
    };
    let steps = vec![
        step(RoleKind::Event, "why"),
        step(RoleKind::Route, &"long ".repeat(1_000)),
    ];
    let plan = Plan { steps: steps.clone() };
    let journaled = keeper.watching(&heard, &context.sandbox);
    assert!(matches!(journaled.approve(&identity, &plan), Approval::Given));
    let outcomes: Vec<StepOutcome> = steps
        .into_iter()
        .map(|step| {
            journaled.begins(&step);
            ended(step, error)
        })
        .collect();
    let outcome = ChangeOutcome {
        identity,
        sandbox: context.sandbox.clone(),
        roles: Vec::new(),
        steps: outcomes,
        findings: Findings::default(),
        calls: 7,
        interrupted: false,
        resumption: crate::ops::Resumption::Again,
    };
    let end = journaled.end(&outcome, 5);
    (heard.0.into_inner(), end)
}

fn lines(path: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    source::each_line(path, |_, line| lines.push(line.unwrap().to_owned())).unwrap();
    lines
}

#[test]
fn a_run_leaves_one_line_when_its_first_step_begins_and_one_at_its_end() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    let keeper = keeper(Journal::Usual(Some(path.clone())), &Interrupt::default());
    let (heard, end) = played(&keeper, None);
    assert_eq!((heard, end.is_ok()), (vec![], true));
    let records: Vec<serde_json::Value> = lines(&path)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [begun, ended] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(
        (&begun["record"], &ended["record"]),
        (&"begun".into(), &"ended".into())
    );
    assert_eq!(begun["id"], ended["id"]);
    assert_eq!(begun["steps"].as_array().unwrap().len(), 2);
    assert_eq!((&ended["calls"], &ended["exit_code"]), (&7.into(), &5.into()));
}

#[test]
fn two_runs_of_one_process_have_ids_of_their_own() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    let keeper = keeper(Journal::Usual(Some(path.clone())), &Interrupt::default());
    for _ in 0..2 {
        played(&keeper, None).1.unwrap();
    }
    let id = |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].clone();
    let ids: Vec<_> = lines(&path).iter().map(id).collect();
    assert_eq!((&ids[0], &ids[2]), (&ids[1], &ids[3]));
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn a_huge_text_is_cut_and_control_characters_are_escaped() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    let keeper = keeper(Journal::Usual(Some(path.clone())), &Interrupt::default());
    let error = format!("a\u{1b}[2J\r\n\u{0}{}", "é".repeat(100_000));
    played(&keeper, Some(&error)).1.unwrap();
    for line in lines(&path) {
        assert!(!line.contains(char::is_control), "{line}");
        assert!(line.chars().count() < 3 * record::LONGEST_TEXT, "{}", line.len());
    }
    let ended: serde_json::Value = serde_json::from_str(&lines(&path)[1]).unwrap();
    let kept = ended["steps"][0]["error"]
        .as_str()
        .unwrap()
        .strip_suffix('…')
        .unwrap();
    assert!(error.starts_with(kept));
}

#[test]
fn nothing_is_kept_where_it_is_off() {
    let keeper = keeper(Journal::Off, &Interrupt::default());
    let (heard, end) = played(&keeper, None);
    assert_eq!((heard, end.is_ok()), (vec![], true));
}

#[test]
fn a_usual_journal_that_cannot_be_written_is_said_once_and_stops_nothing() {
    let home = tempfile::tempdir().unwrap();
    for journal in [Journal::Usual(None), Journal::Usual(Some(home.path().to_owned()))] {
        let interrupt = Interrupt::default();
        let (heard, end) = played(&keeper(journal, &interrupt), None);
        assert_eq!(
            (heard, end.is_ok()),
            (vec!["journal-not-written".to_owned()], true)
        );
        assert!(!interrupt.is_asked());
    }
}

#[test]
fn a_named_journal_that_cannot_be_written_stops_the_run_when_the_first_step_begins() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journals/journal.jsonl");
    let interrupt = Interrupt::default();
    let keeper = keeper(Journal::Named(path.clone()), &interrupt);
    let away = home.path().join("away");
    std::fs::rename(home.path().join("journals"), &away).unwrap();
    std::fs::write(home.path().join("journals"), "").unwrap();
    let (_, end) = played(&keeper, None);
    assert!(interrupt.is_asked());
    assert!(matches!(end, Err(OpError::Journal(_))));
}

#[test]
fn a_named_journal_that_cannot_be_made_refuses_the_run_before_it_begins() {
    let home = tempfile::tempdir().unwrap();
    let doer = Doer {
        verb: "create",
        region: Context::example().region,
        profile: None,
        role: None,
    };
    let kept = Journal::Named(home.path().to_owned()).keep(doer, &Interrupt::default());
    assert!(matches!(kept, Err(OpError::Journal(_))));
}
