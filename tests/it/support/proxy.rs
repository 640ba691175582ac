//! A proxy between tcperm and moto that records calls and plays faults.
//!
//! Each proxy is an account of its own: moto keeps its state by the account named in the
//! header `x-moto-account-id`, and the proxy adds that to all it forwards. So tests share
//! one moto and see nothing of each other, `GetCallerIdentity` included.

mod call;
mod lag;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::http::{Request, Response};
use super::{Dice, Fault, Moto, form};

pub use call::{Before, Call};
use lag::{Lag, Question};

/// A proxy on a port of its own, with an account of its own; it ends with the value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    account: String,
    ending: AtomicBool,
    /// Whether the role that a call writes to is looked at before.
    watching: AtomicBool,
    script: Mutex<Script>,
    /// Told when a call is held, when it may go on, and when one has been answered.
    changed: Condvar,
    lag: Mutex<Lag>,
}

#[derive(Debug, Default)]
struct Script {
    calls: Vec<Call>,
    handed_out: usize,
    hold: Option<(usize, Held)>,
    holding: bool,
    answered: usize,
    at_once: usize,
    most_at_once: usize,
    seen: BTreeMap<String, usize>,
    faults: Vec<(String, Occurrence, Fault)>,
    weather: Option<Weather>,
}

/// Where a call is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// It has not reached IAM.
    Before,
    /// IAM has carried it out, and its answer is held.
    After,
}

/// Faults that come at random, the same ones for the same seed and the same calls.
#[derive(Debug)]
struct Weather {
    dice: Dice,
    percent: u64,
    faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occurrence {
    Nth(usize),
    Every,
}

impl Proxy {
    /// Starts a proxy in front of the moto server named in `TCPERM_TEST_MOTO`.
    ///
    /// # Panics
    /// When there is none: a test that needs moto fails rather than being left out silently.
    pub fn start() -> Self {
        Self::in_front_of(&moto_url())
    }

    fn in_front_of(upstream: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            account: next_account(),
            ending: AtomicBool::new(false),
            watching: AtomicBool::new(false),
            script: Mutex::default(),
            changed: Condvar::new(),
            lag: Mutex::default(),
        });
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor));
        Self {
            address,
            url: format!("http://{address}"),
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// Where it listens: the value of `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its account: twelve digits.
    pub fn account(&self) -> &str {
        &self.shared.account
    }

    /// Lets it look at each role before a call that writes to it.
    pub fn watch(&self) {
        self.shared.watching.store(true, Ordering::SeqCst);
    }

    /// The calls that were not asked for in this way before, of those since the last [`Proxy::clear`].
    pub fn new_calls(&self) -> Vec<Call> {
        let mut script = self.shared.script();
        let new = script.calls[script.handed_out..].to_vec();
        script.handed_out += new.len();
        new
    }

    /// The calls since the start or the last [`Proxy::clear`], in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.script().calls.clone()
    }

    /// Forgets the calls and the faults that were asked for, and counts from one again.
    ///
    /// Reads see all writes again.
    pub fn clear(&self) {
        *self.shared.script() = Script::default();
        *self.shared.lag() = Lag::default();
    }

    /// Plays a fault on the nth call of an action, counted from 1 with retries.
    pub fn fail(&self, action: &str, nth: usize, fault: Fault) {
        self.plan(action, Occurrence::Nth(nth), fault);
    }

    /// Plays a fault on every call of an action.
    pub fn fail_always(&self, action: &str, fault: Fault) {
        self.plan(action, Occurrence::Every, fault);
    }

    /// Plays these faults at random on so many of a hundred calls.
    pub fn fail_at_random(&self, seed: u64, percent: u64, faults: &[Fault]) {
        self.shared.script().weather = Some(Weather {
            dice: Dice::new(seed),
            percent,
            faults: faults.to_vec(),
        });
    }

    /// Answers the next reads by this action, so many after every write on a role, as before that
    /// write. Which role it is, and which policy, counts: a write on one leaves the others alone.
    pub fn lag(&self, action: &str, reads: usize) {
        self.shared.lag().set(action, reads);
    }

    /// The most calls that were on their way at the same time.
    pub fn most_at_once(&self) -> usize {
        self.shared.script().most_at_once
    }

    /// Holds the nth call of all, counted from 1, until [`Proxy::release`]; it has not reached IAM.
    pub fn hold(&self, nth: usize) {
        self.shared.script().hold = Some((nth, Held::Before));
    }

    /// Holds the answer to the nth call of all, which IAM carries out, until [`Proxy::release`].
    pub fn hold_answer(&self, nth: usize) {
        self.shared.script().hold = Some((nth, Held::After));
    }

    /// Waits until the call that was asked for is held.
    pub fn wait_until_held(&self) {
        self.wait_until("the call never came", |script| script.holding);
    }

    /// Waits until so many calls were answered, or their connections were cut.
    pub fn wait_until_answered(&self, calls: usize) {
        self.wait_until("too few calls were answered", |script| script.answered >= calls);
    }

    /// Lets the held call go on.
    pub fn release(&self) {
        self.shared.script().holding = false;
        self.shared.changed.notify_all();
    }

    fn wait_until(&self, otherwise: &str, is_so: impl Fn(&Script) -> bool) {
        let script = self.shared.script();
        let patience = Duration::from_mins(1);
        let waited = self
            .shared
            .changed
            .wait_timeout_while(script, patience, |script| !is_so(script));
        let (script, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(is_so(&script), "{otherwise}: {:#?}", script.calls);
    }

    /// The same account, reached directly.
    pub fn moto(&self) -> Moto {
        Moto::new(&self.shared.upstream, self.account())
    }

    fn plan(&self, action: &str, occurrence: Occurrence, fault: Fault) {
        self.shared
            .script()
            .faults
            .push((action.to_owned(), occurrence, fault));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lag(&self) -> MutexGuard<'_, Lag> {
        self.lag.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a call down and says which fault is due.
    fn record(&self, body: &str) -> (Call, usize) {
        let mut call = Call::of(body);
        call.before = call
            .role
            .as_deref()
            .and_then(|role| self.before(&call.action, role));
        let mut script = self.script();
        let seen = script.seen.entry(call.action.clone()).or_default();
        *seen += 1;
        let nth = *seen;
        let due = |(asked, occurrence, _): &&(String, Occurrence, Fault)| {
            *asked == call.action && [Occurrence::Nth(nth), Occurrence::Every].contains(occurrence)
        };
        let asked_for = script.faults.iter().find(due).map(|(_, _, fault)| *fault);
        call.fault = asked_for.or_else(|| script.weather.as_mut().and_then(Weather::fault));
        script.calls.push(call.clone());
        script.at_once += 1;
        script.most_at_once = script.most_at_once.max(script.at_once);
        (call, script.calls.len())
    }

    /// The role that a call is about to write to, where there is one.
    fn before(&self, action: &str, role: &str) -> Option<Before> {
        let is_read = action.starts_with("Get") || action.starts_with("List");
        if is_read || !self.watching.load(Ordering::SeqCst) {
            return None;
        }
        let moto = super::Moto::new(&self.upstream, &self.account);
        let detail = moto.try_call("GetRole", &[("RoleName", role)]).ok()?;
        let tags = moto.try_call("ListRoleTags", &[("RoleName", role)]).ok()?;
        Some(Before {
            tags: super::moto::tags(&tags),
            boundary: super::texts(&detail, "PermissionsBoundaryArn").pop(),
        })
    }

    /// Waits while the call that was just recorded is the one to be held.
    fn wait_if_held(&self, nth: usize, held: Held) {
        let mut script = self.script();
        if script.hold == Some((nth, held)) {
            script.hold = None;
            script.holding = true;
            self.changed.notify_all();
            let waited = self.changed.wait_while(script, |script| script.holding);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// IAM's answer, or the one that it would have given before the last writes.
    fn carry_out(&self, request: Request, call: &Call) -> Response {
        let mut lag = self.lag();
        if lag.is_none() {
            drop(lag);
            return self.forward(request);
        }
        if !call.is_write() {
            return lag.answer(call).unwrap_or_else(|| self.forward(request));
        }
        let questions = lag.questions(call).into_iter();
        let before = questions
            .map(|question| (question.clone(), self.ask(&question)))
            .collect();
        let answer = self.forward(request);
        if answer.status == 200 {
            lag.written(before);
        }
        answer
    }

    fn ask(&self, question: &Question) -> Response {
        let role = question.role.as_deref().map(|role| ("RoleName", role));
        let policy = question.policy.as_deref().map(|policy| ("PolicyName", policy));
        let fixed = [
            ("Action", question.action.as_str()),
            ("Version", "2010-05-08"),
            ("MaxItems", "1000"),
        ];
        let fields: Vec<(&str, &str)> = fixed.into_iter().chain(role).chain(policy).collect();
        let (scheme, scope) = (
            "AWS4-HMAC-SHA256",
            "Credential=test/20260101/us-east-1/iam/aws4_request",
        );
        let header = |name: &str, value: String| (name.to_owned(), value);
        self.forward(Request {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![
                header("authorization", format!("{scheme} {scope}")),
                header("content-type", "application/x-www-form-urlencoded".to_owned()),
            ],
            body: form::encode(&fields).into_bytes(),
        })
    }

    fn forward(&self, request: Request) -> Response {
        let mut forwarded = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.upstream, request.target))
            .header("x-moto-account-id", &self.account);
        let of_the_connection = ["host", "connection", "content-length", "x-moto-account-id"];
        for (name, value) in &request.headers {
            if !of_the_connection.contains(&name.as_str()) {
                forwarded = forwarded.header(name, value);
            }
        }
        let answer = forwarded
            .body(request.body)
            .map_err(ureq::Error::from)
            .and_then(|forwarded| agent().run(forwarded))
            .and_then(|mut answer| {
                let content_type = answer
                    .headers()
                    .get("content-type")
                    .and_then(|value| value.to_str().ok());
                Ok(Response {
                    status: answer.status().as_u16(),
                    content_type: content_type.unwrap_or("text/xml").to_owned(),
                    body: answer.body_mut().read_to_vec()?,
                })
            });
        answer.unwrap_or_else(|error| Response {
            status: 502,
            content_type: "text/plain".to_owned(),
            body: format!("moto does not answer at {}: {error}", self.upstream).into_bytes(),
        })
    }
}

/// A client for moto: it takes every status as an answer and uses no proxy.
pub(super) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_mins(1)))
        .build()
        .new_agent()
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ending.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // The client may hang up whenever it likes; then there is nobody to tell.
            let _ = serve(&stream, &shared);
        });
    }
}

/// Answers one request. Returning closes the connection, answered or not.
fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let Some(request) = Request::read(stream)? else {
        return Ok(());
    };
    let (call, nth) = shared.record(&String::from_utf8_lossy(&request.body));
    shared.wait_if_held(nth, Held::Before);
    let response = answer(shared, request, &call);
    shared.wait_if_held(nth, Held::After);
    let written = match (response, call.fault) {
        (None, _) => Ok(()),
        (Some(response), Some(Fault::CutWithin)) => response.write_half(stream),
        (Some(response), _) => response.write(stream),
    };
    let mut script = shared.script();
    script.at_once = script.at_once.saturating_sub(1);
    script.answered += 1;
    shared.changed.notify_all();
    written
}

/// What is to be written; `None` where the connection is cut before that.
fn answer(shared: &Shared, request: Request, call: &Call) -> Option<Response> {
    match call.fault {
        None | Some(Fault::CutWithin) => Some(shared.carry_out(request, call)),
        Some(Fault::CutAfter) => {
            shared.carry_out(request, call);
            None
        }
        Some(Fault::Slow(milliseconds)) => {
            let response = shared.carry_out(request, call);
            thread::sleep(Duration::from_millis(milliseconds));
            Some(response)
        }
        Some(fault) => fault.response(call, &shared.account),
    }
}

impl Weather {
    fn fault(&mut self) -> Option<Fault> {
        (self.dice.below(100) < self.percent).then(|| self.dice.one_of(&self.faults))
    }
}

/// Twelve digits that no other proxy of this machine has at the same time.
fn next_account() -> String {
    static STARTED: AtomicU32 = AtomicU32::new(1);
    let number = STARTED.fetch_add(1, Ordering::SeqCst);
    format!("{:07}{number:05}", std::process::id() % 10_000_000)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one variable that the tests are told by"
)]
fn moto_url() -> String {
    std::env::var("TCPERM_TEST_MOTO").unwrap_or_else(|_| {
        panic!(
            "this test talks to a moto server and TCPERM_TEST_MOTO does not name one: run ./scripts/test, \
             which installs and starts it, or leave such tests out with `cargo test --no-default-features`"
        )
    })
}

#[cfg(test)]
mod tests;
