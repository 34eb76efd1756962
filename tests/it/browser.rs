//! The report in a real browser: nothing is wider than the screen, every text can be read, light, dark and printed.
//! Skipped, with a warning, where there is no Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::project::{Project, noise};

/// A page that holds a report in a frame, because windows cannot be as narrow as telephones. It says, as its own text, what in
/// the report is wider than the frame, and every text whose contrast with what is behind it is below 4.5 (WCAG 2.2, 1.4.3).
const FRAME: &str = r#"<!doctype html>
<html style="color-scheme: light dark"><body style="margin: 0"><iframe width="WIDTH" height="2000" frameborder="0"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
  const page = frame.contentDocument, view = frame.contentWindow, root = page.documentElement;
  const all = selector => [...page.querySelectorAll(selector)], style = e => view.getComputedStyle(e);
  const wide = all("main *").filter(e => !e.closest(".scroll, svg, details:not([open])"))
    .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1).map(e => e.outerHTML.slice(0, 80));
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = text => (text.match(/[\d.]+/g) || []).map(Number);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = numbers(style(e).backgroundColor);
      if (c.length == 3 || c[3] == 1) return c;
    }
    return [255, 255, 255];
  };
  let texts = 0;
  const faint = [];
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || e.closest("style, title, desc")) continue;
    texts++;
    const [a, b] = [light(numbers(e.closest("svg") ? style(e).fill : style(e).color)), light(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${text.slice(0, 40)}`);
  }
  const keys = all(".scroll").filter(e => e.scrollWidth > e.clientWidth && e.tabIndex < 0).length;
  const dark = view.matchMedia("(prefers-color-scheme: dark)").matches;
  const found = { width: view.innerWidth, page: root.scrollWidth, wide, faint, texts, keys, dark };
  const out = document.createElement("pre");
  out.id = "measured";
  out.textContent = JSON.stringify(found).replace(/[<>&]/g, "?");
  document.body.append(out);
});
frame.srcdoc = REPORT;
</script></body></html>
"#;

/// Chromium or Chrome.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("SEMOLA_CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let mut known = std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name)));
    named.or_else(|| known.find(|file| file.is_file()))
}

/// Runs the browser without a window; what it prints.
fn browse(browser: &Path, args: &[String]) -> String {
    let mut command = Command::new("timeout");
    command
        .arg("120")
        .arg(browser)
        .args(["--headless", "--disable-gpu", "--hide-scrollbars", "--no-sandbox"])
        .args(args);
    let home = tempfile::tempdir().unwrap();
    let done = command.env("HOME", home.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// What is found of a report that is so many pixels wide.
fn measured(browser: &Path, report: &str, width: u32, dark: bool) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("frame.html");
    // A text that cannot end the script.
    let quoted = serde_json::to_string(report).unwrap().replace('<', "\\u003c");
    std::fs::write(&page, FRAME.replace("WIDTH", &width.to_string()).replace("REPORT", &quoted)).unwrap();
    let args = [
        format!("--window-size={},2000", width.max(500)),
        format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)),
        "--virtual-time-budget=5000".to_owned(),
        "--dump-dom".to_owned(),
        format!("file://{}", page.display()),
    ];
    let text = browse(browser, &args);
    let found = text.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    serde_json::from_str(found.unwrap_or_else(|| panic!("{text}"))).unwrap()
}

const PIPELINE: &str = "\
name: seen
stages:
  - read: {as: train, path: train.csv, fields: {q: {columns: [qx, qy, qz], action: vector, dim: 3}, e: {}}}
  - read: {as: test, path: test.csv, like: train}
  - train: {as: plain, from: train, input: q, target: e, model: {mlp: {hidden: [16]}}, epochs: 2}
  - train:
      as: learned
      like: plain
      augment: {learned: {space: {gl: 3}, generators: 3, steps: 60, audit: {networks: 2, steps: 60}}}
  - evaluate: {models: [plain, learned], on: test, shifts: [{rotate: uniform}], bootstrap: 50}
";

/// The report of a short run, and the page about several.
fn reports(project: &Project) -> Vec<PathBuf> {
    for (name, rows, seed) in [("train.csv", 400, 1), ("test.csv", 100, 2)] {
        let line =
            |q: &[f32]| format!("{},{},{},{}\n", q[0], q[1], q[2], (-q.iter().map(|x| x * x).sum::<f32>()).exp());
        let rows: String = noise(3 * rows, seed).chunks_exact(3).map(line).collect();
        project.put(name, format!("qx,qy,qz,e\n{rows}"));
    }
    project.semola(&["run", "p.yaml", "--set", "seed=[0,1]"]).succeeds();
    project.semola(&["report", "runs/seen"]).succeeds();
    let mut pages: Vec<PathBuf> = project.members("runs/seen").iter().map(|dir| dir.join("report.html")).collect();
    pages.retain(|page| page.exists());
    pages.truncate(1);
    assert_eq!(pages.len(), 1);
    pages.push(project.path("runs/seen/report.html"));
    pages
}

#[test]
fn reports_fit_every_screen_and_can_be_read() {
    let Some(browser) = chromium() else {
        eprintln!("WARNING: no Chromium: reports were not looked at in a browser");
        return;
    };
    let project = Project::with_pipeline(PIPELINE);
    for page in reports(&project) {
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.len() <= 300_000 && !text.contains("<script"), "{} bytes", text.len());
        for (width, dark) in [(390, false), (390, true), (1280, false), (1280, true), (1600, false)] {
            let found = measured(&browser, &text, width, dark);
            assert_eq!(found["dark"], dark, "{found}");
            assert!(found["texts"].as_u64() > Some(30), "{found}");
            assert_eq!((&found["width"], &found["page"]), (&width.into(), &width.into()), "{found}");
            for wrong in ["wide", "faint"] {
                assert_eq!(
                    found[wrong],
                    Value::Array(Vec::new()),
                    "{} {width} dark: {dark}: {found:#}",
                    page.display()
                );
            }
            assert_eq!(found["keys"], 0, "what scrolls can be reached by the keyboard");
        }
        let pdf = page.with_extension("pdf");
        browse(&browser, &[format!("--print-to-pdf={}", pdf.display()), format!("file://{}", page.display())]);
        assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF"));
    }
}
