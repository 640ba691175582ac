//! A proxy between tcperm and moto that records calls and plays faults.
//!
//! Each proxy is an account of its own: moto keeps its state by the account named in the
//! header `x-moto-account-id`, and the proxy adds that to all it forwards. So tests share
//! one moto and see nothing of each other, `GetCallerIdentity` included.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::http::{Request, Response};
use super::{Fault, Moto, form};

/// A call that reached the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The API's action, e.g. `CreateRole`.
    pub action: String,
    /// Its `RoleName`.
    pub role: Option<String>,
    /// Its `PolicyName`, its `PolicyArn`, or its `PermissionsBoundary`.
    pub policy: Option<String>,
    /// The fault that was played.
    pub fault: Option<Fault>,
    /// All its parameters, as they were sent.
    pub form: String,
    /// The role that it writes to as it stood before: where there was one, and the proxy watches.
    pub before: Option<Before>,
}

/// What conditions can ask about a role that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

impl Call {
    /// Whether the call would change something.
    pub fn is_write(&self) -> bool {
        !["Get", "List", "Assume"]
            .iter()
            .any(|verb| self.action.starts_with(verb))
    }

    /// The service it is a call of: `sts` or `iam`.
    pub fn service(&self) -> &'static str {
        match self.action.as_str() {
            "AssumeRole" | "GetCallerIdentity" => "sts",
            _ => "iam",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.action)?;
        for part in [&self.role, &self.policy].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        self.fault.map_or(Ok(()), |fault| write!(f, " ({fault:?})"))
    }
}

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
    /// Told when a call is held, and when it may go on.
    held: Condvar,
}

#[derive(Debug, Default)]
struct Script {
    calls: Vec<Call>,
    handed_out: usize,
    hold: Option<usize>,
    holding: bool,
    at_once: usize,
    most_at_once: usize,
    seen: BTreeMap<String, usize>,
    faults: Vec<(String, Occurrence, Fault)>,
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
            held: Condvar::new(),
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
    pub fn clear(&self) {
        *self.shared.script() = Script::default();
    }

    /// Plays a fault on the nth call of an action, counted from 1 with retries.
    pub fn fail(&self, action: &str, nth: usize, fault: Fault) {
        self.plan(action, Occurrence::Nth(nth), fault);
    }

    /// Plays a fault on every call of an action.
    pub fn fail_always(&self, action: &str, fault: Fault) {
        self.plan(action, Occurrence::Every, fault);
    }

    /// The most calls that were on their way at the same time.
    pub fn most_at_once(&self) -> usize {
        self.shared.script().most_at_once
    }

    /// Holds the nth call of all, counted from 1, until [`Proxy::release`].
    pub fn hold(&self, nth: usize) {
        self.shared.script().hold = Some(nth);
    }

    /// Waits until the call that was asked for is held; it has not reached IAM yet.
    pub fn wait_until_held(&self) {
        let script = self.shared.script();
        let patience = Duration::from_mins(1);
        let waited = self
            .shared
            .held
            .wait_timeout_while(script, patience, |s| !s.holding);
        assert!(
            waited.unwrap().0.holding,
            "the call never came: {:?}",
            self.calls()
        );
    }

    /// Lets the held call go on.
    pub fn release(&self) {
        self.shared.script().holding = false;
        self.shared.held.notify_all();
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

    /// Writes a call down and says which fault is due.
    fn record(&self, body: &str) -> (Call, usize) {
        let action = form::field(body, "Action").unwrap_or_default();
        let role = form::field(body, "RoleName");
        let before = role.as_deref().and_then(|role| self.before(&action, role));
        let mut script = self.script();
        let seen = script.seen.entry(action.clone()).or_default();
        *seen += 1;
        let nth = *seen;
        let due = |(asked, occurrence, _): &&(String, Occurrence, Fault)| {
            *asked == action && [Occurrence::Nth(nth), Occurrence::Every].contains(occurrence)
        };
        let fault = script.faults.iter().find(due).map(|(_, _, fault)| *fault);
        let call = Call {
            action,
            role,
            policy: ["PolicyName", "PolicyArn", "PermissionsBoundary"]
                .iter()
                .find_map(|name| form::field(body, name)),
            fault,
            form: body.to_owned(),
            before,
        };
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
    fn wait_if_held(&self, nth: usize) {
        let mut script = self.script();
        if script.hold == Some(nth) {
            script.hold = None;
            script.holding = true;
            self.held.notify_all();
            let waited = self.held.wait_while(script, |script| script.holding);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
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
    shared.wait_if_held(nth);
    let answered = answer(stream, shared, request, &call);
    let mut script = shared.script();
    script.at_once = script.at_once.saturating_sub(1);
    answered
}

fn answer(stream: &TcpStream, shared: &Shared, request: Request, call: &Call) -> std::io::Result<()> {
    match call.fault {
        None => shared.forward(request).write(stream),
        Some(Fault::CutAfter) => {
            shared.forward(request);
            Ok(())
        }
        Some(fault) => fault
            .response(call, &shared.account)
            .map_or(Ok(()), |response| response.write(stream)),
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
mod tests {
    use super::super::texts;
    use super::*;

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-west-2:123456789012:q"}]}"#;

    /// What the SDK does, without the SDK: a signed-looking call through the proxy.
    fn call(proxy: &Proxy, service: &str, fields: &[(&str, &str)]) -> Result<(u16, String), ureq::Error> {
        let credential = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
        let mut answer = agent()
            .post(proxy.url())
            .header("authorization", format!("AWS4-HMAC-SHA256 {credential}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .send(form::encode(fields))?;
        Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
    }

    fn create_role(proxy: &Proxy, name: &str) -> Result<(u16, String), ureq::Error> {
        let fields = [
            ("Action", "CreateRole"),
            ("RoleName", name),
            ("AssumeRolePolicyDocument", TRUST),
        ];
        call(proxy, "iam", &fields)
    }

    #[test]
    fn each_proxy_is_an_account_of_its_own() {
        let (one, other) = (Proxy::start(), Proxy::start());
        assert_ne!(one.account(), other.account());
        assert!(one.account().len() == 12 && one.account().bytes().all(|byte| byte.is_ascii_digit()));
        let (status, created) = create_role(&one, "tc-base-function-dev").unwrap();
        assert_eq!(status, 200);
        let arn = format!("arn:aws:iam::{}:role/tc-base-function-dev", one.account());
        assert_eq!(texts(&created, "Arn"), [arn]);
        assert_eq!(one.moto().role_names(), ["tc-base-function-dev"]);
        assert_eq!(other.moto().role_names(), Vec::<String>::new());
        let identity = call(
            &other,
            "sts",
            &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
        )
        .unwrap();
        assert_eq!(texts(&identity.1, "Account"), [other.account()]);
    }

    #[test]
    fn an_assumed_role_stays_in_the_account_of_its_proxy() {
        let proxy = Proxy::start();
        create_role(&proxy, "deployer").unwrap();
        let arn = format!("arn:aws:iam::{}:role/deployer", proxy.account());
        let fields = [
            ("Action", "AssumeRole"),
            ("RoleArn", &*arn),
            ("RoleSessionName", "test"),
        ];
        let (status, answer) = call(&proxy, "sts", &fields).unwrap();
        assert_eq!(status, 200, "{answer}");
        assert!(!proxy.calls()[1].is_write());
        let assumed = format!("arn:aws:sts::{}:assumed-role/deployer/test", proxy.account());
        assert_eq!(texts(&answer, "Arn"), [assumed]);
    }

    #[test]
    fn calls_are_recorded_in_order_with_role_and_policy() {
        let proxy = Proxy::start();
        create_role(&proxy, "r").unwrap();
        let put = [
            ("Action", "PutRolePolicy"),
            ("RoleName", "r"),
            ("PolicyName", "p"),
            ("PolicyDocument", POLICY),
        ];
        assert_eq!(call(&proxy, "iam", &put).unwrap().0, 200);
        let bound = [
            ("Action", "PutRolePermissionsBoundary"),
            ("RoleName", "r"),
            ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/b"),
        ];
        assert_eq!(call(&proxy, "iam", &bound).unwrap().0, 200);
        call(&proxy, "iam", &[("Action", "ListRoles")]).unwrap();
        proxy.moto().call("GetRole", &[("RoleName", "r")]);
        let calls: Vec<String> = proxy.calls().iter().map(ToString::to_string).collect();
        let expected = [
            "CreateRole r",
            "PutRolePolicy r p",
            "PutRolePermissionsBoundary r arn:aws:iam::123456789012:policy/b",
            "ListRoles",
        ];
        assert_eq!(calls, expected);
        let writes: Vec<bool> = proxy.calls().iter().map(Call::is_write).collect();
        assert_eq!(writes, [true, true, true, false]);
        proxy.clear();
        assert_eq!(proxy.calls(), []);
    }

    #[test]
    fn a_fault_comes_at_the_call_it_was_asked_for() {
        let proxy = Proxy::start();
        proxy.fail("CreateRole", 2, Fault::Throttle);
        assert_eq!(create_role(&proxy, "a").unwrap().0, 200);
        let (status, body) = create_role(&proxy, "b").unwrap();
        assert_eq!(
            (status, texts(&body, "Code")),
            (400, vec!["Throttling".to_owned()])
        );
        assert_eq!(create_role(&proxy, "b").unwrap().0, 200);
        assert_eq!(proxy.moto().role_names(), ["a", "b"]);
        assert_eq!(proxy.calls()[1].to_string(), "CreateRole b (Throttle)");
    }

    #[test]
    fn faults_speak_as_iam_does() {
        let proxy = Proxy::start();
        let cases = [
            (Fault::AccessDenied, 403, "AccessDenied"),
            (Fault::ExpiredToken, 403, "ExpiredToken"),
            (Fault::InternalError, 500, "ServiceFailure"),
        ];
        for (fault, status, code) in cases {
            proxy.clear();
            proxy.fail_always("CreateRole", fault);
            for _ in 0..2 {
                let (got, body) = create_role(&proxy, "a").unwrap();
                assert_eq!((got, texts(&body, "Code")), (status, vec![code.to_owned()]));
            }
        }
        assert_eq!(proxy.moto().role_names(), Vec::<String>::new());
    }

    #[test]
    fn a_cut_before_the_call_leaves_nothing_and_a_cut_after_it_leaves_the_role() {
        let proxy = Proxy::start();
        proxy.fail("CreateRole", 1, Fault::CutBefore);
        proxy.fail("CreateRole", 2, Fault::CutAfter);
        assert!(create_role(&proxy, "before").is_err());
        assert!(create_role(&proxy, "after").is_err());
        assert_eq!(proxy.moto().role_names(), ["after"]);
    }

    #[test]
    fn drift_and_foreign_policies_can_be_made_past_the_proxy() {
        let proxy = Proxy::start();
        let moto = proxy.moto();
        moto.call(
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)],
        );
        let policy = moto.call(
            "CreatePolicy",
            &[("PolicyName", "extra"), ("PolicyDocument", POLICY)],
        );
        let arn = texts(&policy, "Arn").remove(0);
        moto.call("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", &arn)]);
        let attached = moto.call("ListAttachedRolePolicies", &[("RoleName", "r")]);
        assert_eq!(texts(&attached, "PolicyArn"), [arn]);
        let refusal = moto.try_call("DeleteRole", &[("RoleName", "r")]).unwrap_err();
        assert_eq!(texts(&refusal, "Code"), ["DeleteConflict"]);
        assert_eq!(proxy.calls(), []);
    }
}
