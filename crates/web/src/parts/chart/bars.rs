//! Bars below each other: how much of each target is reached, or how much each unit has.

use super::{
    Scale,
    canvas::{Anchor, Canvas, SIZE, fitting, text_width},
    ticks,
};

/// Bars below each other.
#[derive(Debug, Clone)]
pub(crate) struct Bars {
    /// How its numbers are written.
    pub(crate) scale: Scale,
    /// The bars, the first at the top.
    pub(crate) rows: Vec<Bar>,
    /// What bars and marks are, where they have marks.
    pub(crate) legend: Option<(String, String)>,
    /// How far the axis reaches at least and at most.
    pub(crate) reach: Option<(f64, f64)>,
}

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    /// What it is called.
    pub(crate) name: String,
    /// Where it leads.
    pub(crate) url: String,
    /// How long it is.
    pub(crate) value: f64,
    /// The value, as people read it.
    pub(crate) text: String,
    /// Everything that is known of it, one thing a line.
    pub(crate) title: String,
    /// The name of its state.
    pub(crate) state: &'static str,
    /// Where it should be by now.
    pub(crate) mark: Option<f64>,
}

/// The height of a row, and of its bar.
const ROW: f64 = 22.0;
const BAR: f64 = 13.0;

/// The sign of a state: a colour alone never shows one.
fn sign(state: &str) -> &'static str {
    match state {
        "met" => "✓ ",
        "on-track" => "→ ",
        "behind" => "! ",
        "incomplete" => "? ",
        _ => "",
    }
}

/// Draws it; returns how high it is.
pub(super) fn draw(canvas: &mut Canvas, bars: &Bars) -> f64 {
    let names = bars.rows.iter().map(|bar| text_width(&bar.name, SIZE)).fold(0.0, f64::max);
    let left = names.min(canvas.width * if canvas.is_narrow() { 0.38 } else { 0.32 }) + 8.0;
    let labels = bars.rows.iter().map(|bar| text_width(&bar.text, SIZE)).fold(0.0, f64::max) + 26.0;
    let right = canvas.width - labels;
    let values = || bars.rows.iter().flat_map(|bar| [Some(bar.value), bar.mark]).flatten();
    let (mut low, mut high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    if let Some((least, most)) = bars.reach {
        (low, high) = (low.max(0.0), high.clamp(least, most));
    }
    let marks = ticks(low, high, if canvas.is_narrow() { 2.0 } else { 4.0 }, bars.scale.smallest_unit());
    let (from, to) = (marks.first().copied().unwrap_or(0.0), marks.last().copied().unwrap_or(1.0));
    let at = |value: f64| {
        let share = (value.clamp(from, to) - from) / (to - from).max(f64::MIN_POSITIVE);
        left + share * (right - left)
    };
    let top = if bars.legend.is_some() { 26.0 } else { 6.0 };
    let bottom = (0..bars.rows.len()).fold(top, |y, _| y + ROW);
    for mark in &marks {
        canvas.line(&[(at(*mark), top), (at(*mark), bottom)], "line-2", 1.0, "");
        canvas.text(
            (at(*mark), bottom + 16.0),
            &bars.scale.exact(*mark),
            "ink-2",
            11.0,
            Anchor::Middle,
            false,
        );
    }
    legend(canvas, bars);
    let mut y = top;
    for bar in &bars.rows {
        canvas.begin(Some(&bar.url), &bar.title);
        canvas.rect((0.0, y), (canvas.width, ROW), "none", None);
        let name = fitting(&bar.name, left - 8.0, SIZE);
        canvas.text((left - 8.0, y + 15.0), &name, "ink-2", SIZE, Anchor::End, false);
        let (start, end) = (at(0.0).min(at(bar.value)), at(0.0).max(at(bar.value)));
        canvas.rect((start, y + (ROW - BAR) / 2.0), (end - start, BAR), bar.state, None);
        if let Some(mark) = bar.mark {
            canvas.rect((at(mark) - 1.5, y + 1.0), (3.0, ROW - 2.0), "ink", None);
        }
        let behind = bar
            .mark
            .map_or(end, |mark| if at(mark) + 2.0 > end && at(mark) < end + 40.0 { at(mark) } else { end });
        let label = format!("{}{}", sign(bar.state), bar.text);
        canvas.text((behind + 6.0, y + 15.0), &label, "ink-2", SIZE, Anchor::Start, false);
        canvas.end(Some(&bar.url));
        y += ROW;
    }
    bottom + 24.0
}

fn legend(canvas: &mut Canvas, bars: &Bars) {
    let Some((value, mark)) = &bars.legend else { return };
    let x = canvas.width - text_width(mark, SIZE);
    canvas.text((x, 14.0), mark, "ink-2", SIZE, Anchor::Start, false);
    canvas.rect((x - 10.0, 3.0), (3.0, 14.0), "ink", None);
    let x = x - 24.0 - text_width(value, SIZE);
    canvas.text((x, 14.0), value, "ink-2", SIZE, Anchor::Start, false);
    canvas.rect((x - 20.0, 5.0), (14.0, 9.0), "on-track", None);
}
