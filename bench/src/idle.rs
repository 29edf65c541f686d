//! A server that nobody uses.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::{Options, city::City, process::answers, report::Report};

/// Where the server listens.
const ADDRESS: &str = "127.0.0.1:18124";
/// How long after its start it is left alone: what a start begins is over then.
const START_ENDS: Duration = Duration::from_secs(30);
/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(40);
/// Parts of a second in which Linux counts a program's time.
const TICKS: f64 = 100.0;

/// What part of a core it takes.
pub(crate) fn measure(options: &Options, city: &City, report: &mut Report) -> Result<()> {
    let mut command: Command = city.program(options);
    let mut server = command.args(["serve", "--listen", ADDRESS]).stdout(Stdio::null()).spawn()?;
    let begun = Instant::now();
    while !answers(ADDRESS) {
        ensure!(begun.elapsed() < Duration::from_mins(1), "the server did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(START_ENDS);
    let before = ticks(server.id())?;
    std::thread::sleep(WATCHED);
    let share = (ticks(server.id())? - before) / TICKS / WATCHED.as_secs_f64() * 100.0;
    server.kill()?;
    server.wait()?;
    let (what, limit) = ("a server that nobody uses", "< 0.5 % of a core");
    report.limit(what, limit, &format!("{share:.2} %"), share < 0.5);
    Ok(())
}

/// The time that a process has taken, in the program and in the kernel for it.
fn ticks(process: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold blanks; the times are the 12th and 13th after it.
    let after = text.rsplit(')').next().context("no process")?;
    let times = after.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(times.collect::<Result<Vec<_>, _>>()?.iter().sum())
}
