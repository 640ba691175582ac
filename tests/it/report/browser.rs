//! The page as a browser shows it.
//!
//! These tests need a browser, as those of AWS need moto: without the feature `aws` they are for
//! whoever asks for them with `--ignored`.

use serde_json::{Value, json};

use super::{ENDING, HURTING, hostile_page, page_of};
use crate::support::{Browser, Tcperm, read, root};

/// Whether an element takes room on the page.
const IS_SHOWN: &str = "const isShown = (e) => e.getClientRects().length > 0;";

/// The texts whose contrast with what lies behind them is less than 4.5 to 1, as the Web Content
/// Accessibility Guidelines reckon it: <https://www.w3.org/TR/WCAG22/#contrast-minimum>.
const FAINT: &str = r#"
const channels = (text) => text.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => {
  const part = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const behind = (e) => {
  const rect = e.closest("g") && e.closest("g").querySelector("rect");
  if (rect) return channels(getComputedStyle(rect).fill);
  for (let at = e; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const found = [];
let seen = 0;
for (const e of document.querySelectorAll("body *")) {
  const own = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
  const isText = own && e.getClientRects().length > 0 && !["OPTION", "SCRIPT", "title"].includes(e.tagName);
  if (!isText) continue;
  seen += 1;
  const style = getComputedStyle(e);
  const ink = light(channels(e instanceof SVGElement ? style.fill : style.color));
  const paper = light(behind(e));
  const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  if (ratio < 4.5) found.push(`${e.tagName} ${e.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return [seen, found];
"#;

fn opened(example: &str) -> (Browser, Tcperm) {
    let tcperm = Tcperm::in_example(example);
    let (file, _) = page_of(&tcperm);
    let browser = Browser::open();
    browser.load(&file);
    (browser, tcperm)
}

/// How many rows that can be filtered are shown, and how many there are.
fn rows(browser: &Browser) -> (u64, u64) {
    let script = format!(
        "{IS_SHOWN} const rows = [...document.querySelectorAll('tr.row')];
        return [rows.filter(isShown).length, rows.length];"
    );
    let counts = browser.run(&script);
    (counts[0].as_u64().unwrap(), counts[1].as_u64().unwrap())
}

/// Whether every row that is shown fulfils a condition on `row`.
fn all_shown(browser: &Browser, condition: &str) -> bool {
    let script = format!(
        "{IS_SHOWN} const rows = [...document.querySelectorAll('tr.row')].filter(isShown);
        return rows.length > 0 && rows.every((row) => {condition});"
    );
    browser.run(&script) == json!(true)
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn the_page_asks_for_nothing_and_its_console_stays_empty() {
    let (browser, _tcperm) = opened("storefront");
    assert_eq!(browser.console(), Vec::<Value>::new());
    let requests = browser.requests();
    assert!(
        requests
            .iter()
            .all(|url| url.starts_with("file:") && url.ends_with("report.html")),
        "{requests:?}"
    );
    assert!(!requests.is_empty());
    assert_eq!(
        browser.run("return performance.getEntriesByType('resource').length"),
        json!(0)
    );
    // The script ran: the policy names it by its hash.
    assert_eq!(
        browser.run("return document.getElementById('filter').hidden"),
        json!(false)
    );
    // And the style: the policy forbids any other.
    let script =
        "document.body.setAttribute('style', 'color: red'); const s = document.createElement('script');
        s.textContent = 'window.hurt = 1'; document.body.append(s);
        return [getComputedStyle(document.body).color, window.hurt || 0];";
    let injected = browser.run(script);
    assert_ne!(injected[0], json!("rgb(255, 0, 0)"));
    assert_eq!(injected[1], json!(0));
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn search_and_filters_leave_the_rows_that_fit_and_give_all_back() {
    let (browser, _tcperm) = opened("orders");
    let (shown, all) = rows(&browser);
    assert!(shown == all && all > 20, "{shown} of {all}");

    browser.write("#search", "sqs: RETURNS");
    assert!(all_shown(
        &browser,
        "/sqs/i.test(row.parentElement.textContent) && /returns/i.test(row.parentElement.textContent)"
    ));
    let (found, _) = rows(&browser);
    assert!(found < all, "{found} of {all}");
    assert_eq!(
        browser.run("return document.getElementById('shown').textContent"),
        json!(format!("{found} of {all} rows"))
    );

    browser.click("#filter button");
    assert_eq!(rows(&browser), (all, all));

    browser.click("#role option[value='tc-base-function-dev']");
    assert!(all_shown(
        &browser,
        "!row.dataset.role || row.dataset.role === 'tc-base-function-dev'"
    ));
    assert!(rows(&browser).0 < all);
    browser.click("#reach option[value='account']");
    assert!(all_shown(
        &browser,
        "!row.dataset.reach || row.dataset.reach === 'account'"
    ));

    browser.click("#filter button");
    browser.write("#search", "nobody has this name");
    assert_eq!(rows(&browser).0, 0);
    let groups = format!("{IS_SHOWN} return [...document.querySelectorAll('tr.group')].some(isShown)");
    assert_eq!(browser.run(&groups), json!(false));
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn the_page_is_used_with_the_keyboard_alone() {
    let (browser, _tcperm) = opened("orders");
    browser.press("/");
    assert_eq!(browser.run("return document.activeElement.id"), json!("search"));
    browser.press("queue");
    assert_eq!(
        browser.run("return document.getElementById('search').value"),
        json!("queue")
    );
    let (found, all) = rows(&browser);
    assert!(found < all);
    // Escape.
    browser.press("\u{e00c}");
    assert_eq!(rows(&browser), (all, all));
    // What scrolls on its own can be reached, and has a name.
    let script = "return [...document.querySelectorAll('.scroll, .long')].every((e) => e.tabIndex === 0
        && e.getAttribute('aria-label'))";
    assert_eq!(browser.run(script), json!(true));
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn every_text_stands_out_in_the_light_in_the_dark_and_in_print() {
    let (browser, _tcperm) = opened("orders");
    let mut papers = Vec::new();
    for (medium, scheme) in [
        ("screen", "light"),
        ("screen", "dark"),
        ("print", "light"),
        ("print", "dark"),
    ] {
        browser.show_as(medium, scheme);
        let found = browser.run(FAINT);
        assert!(found[0].as_u64().unwrap() > 100, "{found}");
        assert_eq!(found[1], json!([]), "{medium}, {scheme}");
        papers.push(browser.run("return getComputedStyle(document.body).backgroundColor"));
    }
    assert_ne!(papers[0], papers[1], "the dark scheme is the light one");
    assert_eq!(papers[2], papers[3], "paper is white");
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn print_shows_every_row_and_nothing_that_only_a_screen_needs() {
    let (browser, _tcperm) = opened("storefront");
    browser.write("#search", "nobody has this name");
    assert_eq!(rows(&browser).0, 0);
    browser.show_as("print", "light");
    let (shown, all) = rows(&browser);
    assert_eq!(shown, all);
    let script = format!(
        "{IS_SHOWN} const cut = [...document.querySelectorAll('.scroll, .long')]
            .filter((e) => getComputedStyle(e).overflowX !== 'visible');
        return [isShown(document.getElementById('filter')), isShown(document.querySelector('nav')), cut.length];"
    );
    assert_eq!(browser.run(&script), json!([false, false, 0]));
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn without_its_script_the_page_shows_everything_and_offers_no_search() {
    let tcperm = Tcperm::in_example("orders");
    let (file, _) = page_of(&tcperm);
    let browser = Browser::open();
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.load(&file);
    let (shown, all) = rows(&browser);
    assert!(shown == all && all > 20, "{shown} of {all}");
    let script = format!("{IS_SHOWN} return isShown(document.getElementById('filter'))");
    assert_eq!(browser.run(&script), json!(false));
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn a_hostile_name_is_shown_and_not_obeyed() {
    let (_tcperm, file, _) = hostile_page();
    let browser = Browser::open();
    browser.load(&file);
    assert_eq!(browser.run("return window.hurt === undefined"), json!(true));
    assert_eq!(browser.console(), Vec::<Value>::new());
    let script =
        "return [document.images.length, document.scripts.length, document.querySelectorAll('b').length,
        document.body.textContent];";
    let found = browser.run(script);
    assert_eq!(found.as_array().unwrap()[..3], [json!(0), json!(1), json!(0)]);
    let text = found[3].as_str().unwrap();
    assert!(text.contains(HURTING) && text.contains(ENDING));
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn a_narrow_window_scrolls_the_tables_and_not_the_page() {
    let (browser, _tcperm) = opened("storefront");
    for width in [360, 800, 1280_u64] {
        let metrics = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        browser.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        let page = browser.run("return document.documentElement.scrollWidth");
        assert!(page.as_u64().unwrap() <= width, "{page} of {width}");
    }
}

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn the_tables_have_headings_and_the_headings_an_order() {
    let (browser, _tcperm) = opened("orders");
    let script = "const tables = [...document.querySelectorAll('table')];
        const levels = [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]));
        const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
        return [tables.length > 2,
            tables.every((t) => t.caption && t.tHead && t.querySelectorAll('tbody th[scope]').length > 0),
            levels[0] === 1 && levels.filter((l) => l === 1).length === 1
                && levels.every((l, i) => i === 0 || l - levels[i - 1] <= 1),
            new Set(ids).size === ids.length,
            [...document.querySelectorAll('a[href^=\"#\"]')].every((a) => document.querySelector(a.hash)),
            document.documentElement.lang];";
    assert_eq!(browser.run(script), json!([true, true, true, true, true, "en"]));
}

/// The picture of the guide. `TCPERM_BLESS=1` draws it anew; pixels differ with the fonts of a machine,
/// so that without it only its shape is compared.
#[test]
#[cfg_attr(not(feature = "aws"), ignore = "needs a browser")]
fn the_guide_shows_the_page() {
    let (browser, _tcperm) = opened("orders");
    let metrics = json!({"width": 1400, "height": 1240, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    browser.devtools("Emulation.setScrollbarsHidden", &json!({"hidden": true}));
    let picture = browser.devtools("Page.captureScreenshot", &json!({"format": "png"}));
    let drawn = decoded(picture["data"].as_str().unwrap());
    let path = root().join("docs/src/images/report.png");
    if is_blessing() {
        write(&path, &drawn);
    }
    let shown = bytes(&path);
    // Signature, header and the two lengths: https://www.w3.org/TR/png-3/#11IHDR
    assert_eq!(shown[..24], drawn[..24]);
    assert!(shown.len() < 300_000, "{} bytes", shown.len());
    assert!(read(&root().join("README.md")).contains("docs/src/images/report.png"));
}

#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
fn is_blessing() -> bool {
    std::env::var_os("TCPERM_BLESS").is_some()
}

#[expect(clippy::disallowed_methods, reason = "the picture is drawn anew on request")]
fn write(path: &std::path::Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the tests read the repository")]
fn bytes(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// The bytes of a text in base 64.
fn decoded(text: &str) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0_u32, 0);
    for letter in text.bytes().filter(|byte| *byte != b'=') {
        let value = letters.iter().position(|known| *known == letter).unwrap();
        word = word << 6 | u32::try_from(value).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(word >> bits & 0xff).unwrap());
        }
    }
    bytes
}
