//! A real browser, driven over the `WebDriver` protocol: <https://www.w3.org/TR/webdriver2/>.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// What keeps a browser from talking to anybody, and lets it run as any user.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser window of the test's own, which is closed at its end.
#[derive(Debug)]
pub struct Browser {
    agent: ureq::Agent,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a window through the driver named in `TCPERM_TEST_CHROMEDRIVER`.
    pub fn open() -> Self {
        let driver = driver_url();
        let profile = tempfile::tempdir().unwrap();
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push("--window-size=1280,900".to_owned());
        let mut options = json!({"args": flags});
        if let Some(binary) = binary() {
            options["binary"] = json!(binary);
        }
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_mins(1)))
            .build()
            .new_agent();
        let answer = post(&agent, &format!("{driver}/session"), &wanted);
        let id = answer["sessionId"].as_str().unwrap();
        Self {
            session: format!("{driver}/session/{id}"),
            agent,
            _profile: profile,
        }
    }

    /// Loads a file, to its end.
    pub fn load(&self, file: &Path) {
        self.call("url", &json!({"url": format!("file://{}", file.display())}));
    }

    /// What a function body gives, run in the page.
    pub fn run(&self, script: &str) -> Value {
        self.call("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Types into the one element of a CSS selector.
    pub fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.call(&format!("element/{element}/value"), &json!({"text": text}));
    }

    /// Clicks on the one element of a CSS selector.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.call(&format!("element/{element}/click"), &json!({}));
    }

    /// Presses keys, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let down_and_up =
            |key: char| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}));
        let actions: Vec<Value> = keys.chars().flat_map(down_and_up).collect();
        self.call(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Calls a method of the protocol of the developer tools: <https://chromedevtools.github.io/devtools-protocol/>.
    pub fn devtools(&self, method: &str, parameters: &Value) -> Value {
        self.call("goog/cdp/execute", &json!({"cmd": method, "params": parameters}))
    }

    /// Shows the page as a medium and a colour scheme would.
    pub fn show_as(&self, medium: &str, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"media": medium, "features": features}),
        );
    }

    /// The URLs that were asked for since the window was opened, but for the browser's own pages.
    pub fn requests(&self) -> Vec<String> {
        let log = self.log("performance");
        let messages = log.iter().map(|entry| {
            let message = entry["message"].as_str().unwrap();
            serde_json::from_str::<Value>(message).unwrap()
        });
        messages
            .filter(|message| message["message"]["method"] == "Network.requestWillBeSent")
            .filter(|message| {
                let of = &message["message"]["params"]["documentURL"];
                of.as_str().is_some_and(|url| !url.starts_with("chrome"))
            })
            .map(|message| {
                message["message"]["params"]["request"]["url"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    /// What the page's console shows.
    pub fn console(&self) -> Vec<Value> {
        self.log("browser")
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.call("se/log", &json!({"type": kind}));
        log.as_array().unwrap().clone()
    }

    fn element(&self, selector: &str) -> String {
        let found = self.call("element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().unwrap().values().next().unwrap();
        id.as_str().unwrap().to_owned()
    }

    fn call(&self, command: &str, parameters: &Value) -> Value {
        post(&self.agent, &format!("{}/{command}", self.session), parameters)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browsers when it is stopped, too.
        let _ = self.agent.delete(&self.session).call();
    }
}

#[expect(clippy::disallowed_methods, reason = "a variable that the tests are told by")]
fn driver_url() -> String {
    std::env::var("TCPERM_TEST_CHROMEDRIVER").unwrap_or_else(|_| {
        panic!(
            "this test drives a browser and TCPERM_TEST_CHROMEDRIVER does not name a driver: run ./scripts/test, \
             or start `chromedriver --port=PORT` and set TCPERM_TEST_CHROMEDRIVER=http://127.0.0.1:PORT"
        )
    })
}

/// The browser to start, where the driver's own choice is not wanted.
#[expect(clippy::disallowed_methods, reason = "a variable that the tests are told by")]
fn binary() -> Option<String> {
    std::env::var("TCPERM_TEST_CHROMIUM").ok()
}

fn post(agent: &ureq::Agent, url: &str, body: &Value) -> Value {
    let mut response = agent
        .post(url)
        .header("content-type", "application/json")
        .send(body.to_string())
        .unwrap_or_else(|error| panic!("no driver answers at {url}: {error}"));
    let limit = 64 * 1024 * 1024;
    let text = response
        .body_mut()
        .with_config()
        .limit(limit)
        .read_to_string()
        .unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(response.status().is_success(), "{url}: {answer}");
    answer["value"].clone()
}
