//! Charts, drawn by the server: the page and the file that is taken along show the same drawing.
//! Every element has a class, by which the style sheet of the page colours it, and the same colour as an
//! attribute, so that the file needs no style sheet (`docs/decisions/0028-charts-from-the-server.md`).

mod bars;
mod canvas;
mod course;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

use self::canvas::Canvas;
pub(crate) use self::{
    bars::{Bar, Bars},
    course::{Course, CoursePoint},
};
use super::{download, export::file_name, number::Scale};
use crate::{Error, layout::Layout};

/// Widths of a drawing: on a screen and in a file, and on a phone.
const WIDE: f64 = 720.0;
const NARROW: f64 = 350.0;
/// A course is not as wide as bars with their names.
const COURSE: f64 = 580.0;
/// Around the drawing in a file.
const MARGIN: f64 = 20.0;

/// A chart.
#[derive(Debug, Clone)]
pub(crate) enum Chart {
    /// Bars below each other, each with its name.
    Bars(Bars),
    /// Values over time.
    Course(Course),
}

/// A chart with its name.
#[derive(Debug, Clone)]
pub(crate) struct NamedChart {
    /// What it shows.
    pub(crate) title: String,
    /// What is drawn.
    pub(crate) chart: Chart,
}

impl NamedChart {
    /// The chart in a page, for wide and for narrow screens. It repeats the table beside it, which is there for
    /// whoever sees no drawing.
    pub(crate) fn html(&self) -> String {
        let drawn = |class: &str, width: f64| {
            let (drawing, height) = self.draw(width, true);
            format!(
                "<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\" \
                 focusable=\"false\">{drawing}</svg>"
            )
        };
        drawn("chart-wide", self.width()) + &drawn("chart-narrow", NARROW)
    }

    fn is_empty(&self) -> bool {
        match &self.chart {
            Chart::Bars(bars) => bars.rows.is_empty(),
            Chart::Course(course) => course.points.is_empty(),
        }
    }

    /// How wide it is, where there is room.
    fn width(&self) -> f64 {
        match self.chart {
            Chart::Bars(_) => WIDE,
            Chart::Course(_) => COURSE,
        }
    }

    fn draw(&self, width: f64, has_links: bool) -> (String, f64) {
        let mut canvas = Canvas::new(width, has_links);
        let height = match &self.chart {
            _ if self.is_empty() => 30.0,
            Chart::Bars(bars) => bars::draw(&mut canvas, bars),
            Chart::Course(course) => course::draw(&mut canvas, course),
        };
        (canvas.finish(), height)
    }

    /// The chart as a document of its own, with what is said above a page on paper.
    pub(crate) fn document(&self, layout: &Layout) -> String {
        let (drawing, height) = self.draw(WIDE, false);
        let mut text = Canvas::new(WIDE, false);
        let title = format!("{} · {}", layout.title, self.title);
        let mut y = 18.0;
        for line in canvas::wrapped(&title, WIDE, 16.0) {
            text.text((0.0, y), &line, "ink", 16.0, canvas::Anchor::Start, true);
            y += 22.0;
        }
        let lines = layout.heading.as_ref().map(super::heading::PageHeading::lines).unwrap_or_default();
        for line in lines.iter().flat_map(|line| canvas::wrapped(line, WIDE, 12.0)) {
            text.text((0.0, y), &line, "ink-2", 12.0, canvas::Anchor::Start, false);
            y += 18.0;
        }
        if self.is_empty() {
            text.text(
                (0.0, y + 20.0),
                layout.words.list_empty(),
                "ink-2",
                12.0,
                canvas::Anchor::Start,
                false,
            );
        }
        let (full_width, full_height) = (WIDE + 2.0 * MARGIN, y + height + 2.0 * MARGIN);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{full_width}\" height=\"{full_height}\" \
             viewBox=\"-{MARGIN} -{MARGIN} {full_width} {full_height}\" font-family=\"{}\" lang=\"{}\">\
             <title>{}</title><rect x=\"-{MARGIN}\" y=\"-{MARGIN}\" width=\"{full_width}\" \
             height=\"{full_height}\" fill=\"{}\"/>{}<g transform=\"translate(0 {y})\">{drawing}</g></svg>\n",
            canvas::FONTS,
            layout.tag(),
            canvas::escaped(&title),
            canvas::colour("paper"),
            text.finish(),
        )
    }

    /// The document to download.
    pub(crate) fn download(&self, layout: &Layout) -> Result<Response, Error> {
        let name = file_name(layout, &self.title, "svg");
        let mut response = download::bytes(&name, "image/svg+xml", self.document(layout).into_bytes())?;
        // The same may be drawn into a png by the page that leads here.
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
        Ok(response)
    }
}

/// Marks of an axis from `low` to `high` in round steps of at least `least`, about `count` of them.
fn ticks(low: f64, high: f64, count: f64, least: f64) -> Vec<f64> {
    let span = if high > low { high - low } else { high.abs().max(1.0) };
    let rough = (span / count).max(least);
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = steps.into_iter().find(|step| *step >= rough * (1.0 - 1e-9)).unwrap_or(rough);
    let (first, last) = ((low / step).floor(), (high / step - 1e-9).ceil());
    std::iter::successors(Some(first), |tick| (*tick < last).then_some(tick + 1.0))
        .map(|tick| tick * step)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn marks_are_round_and_reach_over_the_values() {
        assert_eq!(ticks(0.0, 93.0, 4.0, 1.0), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(0.0, 0.0, 4.0, 1.0), [0.0]);
        assert_eq!(ticks(-0.1, 0.2, 3.0, 0.001), [-0.1, 0.0, 0.1, 0.2]);
        assert_eq!(ticks(0.0, 36_489.0, 4.0, 1.0), [0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0]);
    }

    /// What is counted has no half: no two marks may read the same.
    #[test]
    fn marks_of_counts_are_whole() {
        assert_eq!(ticks(0.0, 2.0, 4.0, 1.0), [0.0, 1.0, 2.0]);
        assert_eq!(ticks(0.0, 9.0, 4.0, 1.0), [0.0, 5.0, 10.0]);
        assert_eq!(ticks(0.0, 11.0, 5.0, 1.0), [0.0, 5.0, 10.0, 15.0]);
    }
}
