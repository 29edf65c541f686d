//! Draws the elements of a chart as SVG.

use std::fmt::Write;

use crate::{
    parts::{coordinate::Coordinate, export::width_of},
    returned_form,
};

/// Families of fonts for Chinese on the systems of offices.
pub(super) const FONTS: &str = "Microsoft YaHei UI, Microsoft YaHei, PingFang SC, Noto Sans CJK SC, \
                                Source Han Sans SC, WenQuanYi Micro Hei, sans-serif";
/// The size of letters.
pub(super) const SIZE: f64 = 12.0;

/// The colours of a drawing in a file: those of the style sheet by day, under the same names.
const COLOURS: [(&str, &str); 14] = [
    ("ink", "#1d2129"),
    ("ink-2", "#4a5160"),
    ("ink-3", "#687083"),
    ("line", "#d9dde4"),
    ("line-2", "#eceff3"),
    ("paper", "#ffffff"),
    ("met", "#17713f"),
    ("on-track", "#1f63b5"),
    ("on-track-2", "#e7f0fb"),
    ("behind", "#d98a3d"),
    ("incomplete", "#b6bbc6"),
    ("no-value", "#b6bbc6"),
    ("no-target", "#5b7ba6"),
    ("none", "none"),
];

/// The colour of this name.
pub(super) fn colour(name: &str) -> &'static str {
    COLOURS.iter().find(|(known, _)| *known == name).map_or("#1d2129", |(_, colour)| colour)
}

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Writes elements one after the other.
pub(super) struct Canvas {
    /// How wide the drawing is.
    pub(super) width: f64,
    /// Whether what is drawn leads to its pages.
    has_links: bool,
    text: String,
}

// Writing to a String cannot fail.
impl Canvas {
    pub(super) fn new(width: f64, has_links: bool) -> Self {
        Self { width, has_links, text: String::new() }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Whether there is little room.
    pub(super) fn is_narrow(&self) -> bool {
        self.width < 500.0
    }

    /// Begins what leads to `url`, and says `title` when one points at it.
    pub(super) fn begin(&mut self, url: Option<&str>, title: &str) {
        let _ = match url.filter(|_| self.has_links) {
            Some(url) => write!(self.text, "<a href=\"{}\" tabindex=\"-1\">", escaped(url)),
            None => write!(self.text, "<g>"),
        };
        let _ = write!(self.text, "<title>{}</title>", escaped(title));
    }

    /// Ends what [`Self::begin`] began.
    pub(super) fn end(&mut self, url: Option<&str>) {
        self.text.push_str(if url.is_some() && self.has_links { "</a>" } else { "</g>" });
    }

    /// A rectangle; one that is only expected has a dashed edge.
    pub(super) fn rect(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        name: &str,
        edge: Option<&str>,
    ) {
        let round = if width > 6.0 && height > 6.0 { " rx=\"2\"" } else { "" };
        let edge = edge.map(|edge| {
            format!(" class=\"f-{name} e-{edge}\" stroke=\"{}\" stroke-dasharray=\"3 2\"", colour(edge))
        });
        let edge = edge.unwrap_or_else(|| format!(" class=\"f-{name}\""));
        let _ = write!(
            self.text,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{round} fill=\"{}\"{edge}/>",
            Coordinate(x),
            Coordinate(y),
            Coordinate(width.max(0.0)),
            Coordinate(height.max(0.0)),
            colour(name)
        );
    }

    /// A line of several points, `dashes` as SVG writes them.
    pub(super) fn line(&mut self, points: &[(f64, f64)], name: &str, width: f64, dashes: &str) {
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{} {}", if at == 0 { "M" } else { "L" }, Coordinate(*x), Coordinate(*y));
        }
        let dashes =
            if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
        let _ = write!(
            self.text,
            "<path d=\"{path}\" class=\"f-none e-{name}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"{dashes}/>",
            colour(name)
        );
    }

    /// A point of a line, filled or only its edge.
    pub(super) fn dot(&mut self, (x, y): (f64, f64), name: &str, is_filled: bool) {
        let fill = if is_filled { name } else { "paper" };
        let _ = write!(
            self.text,
            "<circle cx=\"{}\" cy=\"{}\" r=\"4\" class=\"f-{fill} e-{name}\" fill=\"{}\" stroke=\"{}\" \
             stroke-width=\"2\"/>",
            Coordinate(x),
            Coordinate(y),
            colour(fill),
            colour(name)
        );
    }

    /// A text with its baseline at `y`; what is below it does not touch its letters.
    pub(super) fn text(
        &mut self,
        (x, y): (f64, f64),
        text: &str,
        name: &str,
        size: f64,
        anchor: Anchor,
        is_bold: bool,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if is_bold { " font-weight=\"600\"" } else { "" };
        let _ = write!(
            self.text,
            "<text x=\"{}\" y=\"{}\" font-size=\"{size}\"{anchor}{weight} class=\"f-{name}\" fill=\"{}\" \
             stroke=\"none\">{}</text>",
            Coordinate(x),
            Coordinate(y),
            colour(name),
            escaped(text)
        );
    }
}

/// How wide a text is, about: Chinese characters are square, others half as wide.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    f64::from(u32::try_from(width_of(text)).unwrap_or(u32::MAX)) * size * 0.54
}

/// A text cut to a width, with a sign that it is cut.
pub(super) fn fitting(text: &str, width: f64, size: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        if text_width(&short, size) + 2.0 * size > width {
            break;
        }
        short.push(character);
    }
    short.trim_end().to_owned() + "…"
}

/// A text in lines that fit: broken between words, and between Chinese characters.
pub(super) fn wrapped(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(|c: char| c == ' ' || !c.is_ascii()) {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && text_width(line, size) + text_width(word.trim_end(), size) > width {
            lines.push(word.to_owned());
        } else {
            line.push_str(word);
        }
    }
    lines
}

/// A text between tags or in an attribute. XML knows no control characters.
pub(super) fn escaped(text: &str) -> String {
    returned_form::escaped(&text.replace(char::is_control, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit() {
        assert_eq!(fitting("大连市总工会", 200.0, 12.0), "大连市总工会");
        assert_eq!(fitting("大连市总工会", 60.0, 12.0), "大连市…");
        assert_eq!(wrapped("one two three", 50.0, 12.0), ["one two ", "three"]);
        assert_eq!(wrapped("大连市总工会", 40.0, 12.0), ["大连市", "总工会"]);
        assert_eq!(escaped("a<b>&\"\u{1}"), "a&lt;b&gt;&amp;&quot; ");
    }
}
