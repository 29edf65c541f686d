//! Values over time: the years of an indicator, or what each month added. What is known is drawn full, what is
//! forecast is dashed, what was to be reached is thin.

use super::{
    Scale,
    canvas::{Anchor, Canvas, SIZE, text_width},
    ticks,
};

/// Values over time.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// How its numbers are written.
    pub(crate) scale: Scale,
    /// Whether values are columns; else they are joined by a line.
    pub(crate) has_columns: bool,
    /// What the three series are called: known, forecast, to be reached.
    pub(crate) names: [String; 3],
    /// The points, the earliest first.
    pub(crate) points: Vec<CoursePoint>,
}

/// A year or a month.
#[derive(Debug, Clone, Default)]
pub(crate) struct CoursePoint {
    /// What it is called.
    pub(crate) name: String,
    /// Where it leads.
    pub(crate) url: Option<String>,
    /// What is known, what is forecast, and what was to be reached, each with its text.
    pub(crate) values: [Option<(f64, String)>; 3],
}

/// The series of a course, by their positions in a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Series {
    Known,
    Forecast,
    Target,
}

impl Series {
    const ALL: [Self; 3] = [Self::Known, Self::Forecast, Self::Target];

    fn dashes(self) -> &'static str {
        match self {
            Self::Known => "",
            Self::Forecast => "6 5",
            Self::Target => "2 3",
        }
    }

    fn colour(self) -> &'static str {
        if self == Self::Target { "ink-3" } else { "on-track" }
    }

    fn width(self) -> f64 {
        match self {
            Self::Known => 3.0,
            Self::Forecast => 2.0,
            Self::Target => 1.5,
        }
    }
}

impl CoursePoint {
    fn value(&self, line: Series) -> Option<&(f64, String)> {
        self.values[line as usize].as_ref()
    }

    fn title(&self, names: &[String; 3]) -> String {
        let known = Series::ALL.iter().filter_map(|line| Some((line, self.value(*line)?)));
        let lines = known.map(|(line, (_, text))| format!("{}  {text}", names[*line as usize]));
        std::iter::once(self.name.clone()).chain(lines).collect::<Vec<_>>().join("\n")
    }
}

/// The height of the drawing area.
const HEIGHT: f64 = 230.0;
/// Its upper edge, below the legend.
const TOP: f64 = 44.0;

/// Where values and points are in a drawing.
struct Area {
    left: f64,
    step: f64,
    low: f64,
    high: f64,
}

impl Area {
    fn x(&self, at: usize) -> f64 {
        self.left + self.step * (f64::from(u32::try_from(at).unwrap_or(u32::MAX)) + 0.5)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (1.0 - (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE)) * HEIGHT
    }
}

/// Draws it; returns how high it is.
pub(super) fn draw(canvas: &mut Canvas, course: &Course) -> f64 {
    let values = || course.points.iter().flat_map(|point| &point.values).flatten().map(|(value, _)| *value);
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let marks = ticks(low, high, 5.0, course.scale.smallest_unit());
    let (low, high) = (marks.first().copied().unwrap_or(0.0), marks.last().copied().unwrap_or(1.0));
    let labels: Vec<String> = marks.iter().map(|mark| course.scale.exact(*mark)).collect();
    let left = labels.iter().map(|label| text_width(label, 11.0)).fold(0.0, f64::max) + 10.0;
    let count = f64::from(u32::try_from(course.points.len().max(1)).unwrap_or(u32::MAX));
    let area = Area {
        left,
        step: (canvas.width - left) / count,
        low,
        high: if high > low { high } else { low + 1.0 },
    };
    for (mark, label) in marks.iter().zip(&labels) {
        let y = area.y(*mark);
        let name = if *mark == 0.0 { "line" } else { "line-2" };
        canvas.line(&[(left, y), (canvas.width, y)], name, 1.0, "");
        canvas.text((left - 6.0, y + 4.0), label, "ink-2", 11.0, Anchor::End, false);
    }
    names(canvas, course, &area);
    legend(canvas, course);
    if course.has_columns {
        columns(canvas, course, &area);
    } else {
        lines(canvas, course, &area);
    }
    TOP + HEIGHT + 40.0
}

/// What the points are called: a month of a year in two lines, where there is little room.
fn names(canvas: &mut Canvas, course: &Course, area: &Area) {
    let widest = course.points.iter().map(|point| text_width(&point.name, 11.0)).fold(0.0, f64::max);
    let every = if course.has_columns && widest > area.step { 2 } else { 1 };
    for (at, point) in course.points.iter().enumerate().filter(|(at, _)| at % every == 0) {
        let broken = if widest > area.step && !course.has_columns { two_lines(&point.name) } else { None };
        let (first, second) = broken.unwrap_or((&point.name, ""));
        let y = TOP + HEIGHT + 17.0;
        canvas.text((area.x(at), y), first, "ink-2", 11.0, Anchor::Middle, false);
        canvas.text((area.x(at), y + 14.0), second, "ink-2", 11.0, Anchor::Middle, false);
    }
}

/// `2011年` and `8月`; `Aug` and `2011`.
fn two_lines(name: &str) -> Option<(&str, &str)> {
    let end = name.find('年').map(|at| at + '年'.len_utf8()).or_else(|| name.find(' '))?;
    let (first, second) = name.split_at(end);
    (!second.is_empty()).then_some((first, second.trim_start()))
}

fn legend(canvas: &mut Canvas, course: &Course) {
    let is_shown = |line: &Series| course.points.iter().any(|point| point.value(*line).is_some());
    let mut x = canvas.width;
    for line in Series::ALL.into_iter().rev().filter(is_shown) {
        let name = &course.names[line as usize];
        x -= text_width(name, SIZE);
        canvas.text((x, 14.0), name, "ink-2", SIZE, Anchor::Start, false);
        x -= 28.0;
        match (line, course.has_columns) {
            (Series::Known, true) => canvas.rect((x + 6.0, 5.0), (14.0, 9.0), "on-track", None),
            (Series::Forecast, true) => {
                canvas.rect((x + 6.0, 5.0), (14.0, 9.0), "on-track-2", Some("on-track"));
            }
            _ => canvas.line(&[(x, 10.0), (x + 22.0, 10.0)], line.colour(), line.width(), line.dashes()),
        }
        x -= 14.0;
    }
}

fn columns(canvas: &mut Canvas, course: &Course, area: &Area) {
    let width = (area.step * 0.62).min(34.0);
    for (at, point) in course.points.iter().enumerate() {
        for line in [Series::Known, Series::Forecast] {
            let Some((value, text)) = point.value(line) else { continue };
            let x = area.x(at) - width / 2.0;
            let (top, bottom) = (area.y(value.max(0.0)), area.y(value.min(0.0)));
            canvas.begin(point.url.as_deref(), &point.title(&course.names));
            if line == Series::Known {
                canvas.rect((x, top), (width, bottom - top), "on-track", None);
            } else {
                canvas.rect((x, top), (width, bottom - top), "on-track-2", Some("on-track"));
            }
            if text_width(text, 11.0) < area.step + 8.0 {
                canvas.text((area.x(at), top - 5.0), text, "ink-2", 11.0, Anchor::Middle, false);
            }
            canvas.end(point.url.as_deref());
        }
    }
}

fn lines(canvas: &mut Canvas, course: &Course, area: &Area) {
    for line in Series::ALL.into_iter().rev() {
        for part in parts(course, line, area) {
            canvas.line(&part, line.colour(), line.width(), line.dashes());
        }
    }
    for (at, point) in course.points.iter().enumerate() {
        for line in [Series::Known, Series::Forecast] {
            let Some((value, text)) = point.value(line) else { continue };
            let (x, y) = (area.x(at), area.y(*value));
            canvas.begin(point.url.as_deref(), &point.title(&course.names));
            canvas.dot((x, y), "on-track", line == Series::Known);
            // The label is above the point, unless the line of what was to be reached runs there.
            let is_above = point
                .value(Series::Target)
                .is_none_or(|(target, _)| area.y(*target) > y || area.y(*target) < y - 30.0);
            let y = if is_above { y - 10.0 } else { y + 20.0 };
            canvas.text((x, y), text, "ink", 11.0, Anchor::Middle, false);
            canvas.end(point.url.as_deref());
        }
    }
}

/// The pieces of a line; what is not known interrupts it. The forecast begins where what is known ends.
fn parts(course: &Course, line: Series, area: &Area) -> Vec<Vec<(f64, f64)>> {
    let last = course.points.iter().rposition(|point| point.value(Series::Known).is_some());
    let value = |at: usize, point: &CoursePoint| {
        let own = point.value(line).map(|(value, _)| *value);
        let known = || point.value(Series::Known).map(|(value, _)| *value);
        own.or_else(|| (line == Series::Forecast && Some(at) == last).then(known).flatten())
    };
    let mut parts = vec![Vec::new()];
    for (at, point) in course.points.iter().enumerate() {
        match value(at, point) {
            Some(value) => {
                if let Some(part) = parts.last_mut() {
                    part.push((area.x(at), area.y(value)));
                }
            }
            None => parts.push(Vec::new()),
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}

#[cfg(test)]
mod tests {
    use super::two_lines;

    #[test]
    fn months_are_broken_where_the_year_ends() {
        assert_eq!(two_lines("2011年8月"), Some(("2011年", "8月")));
        assert_eq!(two_lines("Aug 2011"), Some(("Aug", "2011")));
        assert_eq!(two_lines("2011"), None);
    }
}
