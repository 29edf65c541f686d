//! What was measured, as a page.

use std::{fmt::Write as _, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::Options;

/// One line of the page.
struct Line {
    what: String,
    limit: String,
    measured: String,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Held,
    Broken,
    Informative,
}

/// The page under way.
pub(crate) struct Report {
    size: String,
    lines: Vec<Line>,
    peers: Vec<[String; 4]>,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Self {
        let size = format!(
            "{} enterprises, {} teams, {} records",
            options.enterprises, options.teams, options.records
        );
        Self { size, lines: Vec::new(), peers: Vec::new() }
    }

    /// A measurement with its limit.
    pub(crate) fn limit(&mut self, what: &str, limit: &str, measured: &str, held: bool) {
        let verdict = if held { Verdict::Held } else { Verdict::Broken };
        self.push(what, limit, measured, verdict);
    }

    /// A measurement without a limit.
    pub(crate) fn note(&mut self, what: &str, measured: &str) {
        self.push(what, "", measured, Verdict::Informative);
    }

    /// The same figures by another way.
    pub(crate) fn peer(&mut self, figures: &str, engine: &str, time: &str, remark: &str) {
        eprintln!("{figures} | {engine} | {time} | {remark}");
        self.peers.push([figures, engine, time, remark].map(str::to_owned));
    }

    fn push(&mut self, what: &str, limit: &str, measured: &str, verdict: Verdict) {
        eprintln!("{what}: {measured} {limit}");
        let line =
            Line { what: what.to_owned(), limit: limit.to_owned(), measured: measured.to_owned(), verdict };
        self.lines.push(line);
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut text = String::from("# Benchmarks\n\n");
        writeln!(text, "Written by `make bench`. City: {}. Machine: {}.", self.size, machine())?;
        text.push_str("Medians and percentiles of warm runs. Client and server share the machine, so ratios are more reliable than single figures.\n\n");
        text.push_str("| what | limit | measured | |\n|---|---|---|---|\n");
        for line in &self.lines {
            let verdict = match line.verdict {
                Verdict::Held => "held",
                Verdict::Broken => "**not held**",
                Verdict::Informative => "",
            };
            writeln!(text, "| {} | {} | {} | {verdict} |", line.what, line.limit, line.measured)?;
        }
        text.push_str("\n## The same figures by other ways\n\n| figures | engine | time | remark |\n|---|---|---|---|\n");
        for [figures, engine, time, remark] in &self.peers {
            writeln!(text, "| {figures} | {engine} | {time} | {remark} |")?;
        }
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("?", |(_, m)| m);
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = memory.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    let rustc = Command::new("rustc")
        .arg("--version")
        .output()
        .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    format!("{cores} cores of {model}, {} GB, {}", kilobytes / 1_000_000, rustc.unwrap_or_default())
}

/// A percentile of durations, sorted here.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let position = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(position).copied().unwrap_or_default()
}

/// Milliseconds with three digits that count.
pub(crate) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else if ms < 10_000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.1} s", ms / 1000.0)
    }
}
