//! Parts that many pages have, each with a template of its own. What a template
//! includes is compiled in every page that includes it; these are compiled once.

use askama::Template;
use words::Words;

use super::{
    downloads::Downloads,
    filter::Control,
    grid::Grid,
    head::Head,
    heading::PageHeading,
    input::Input,
    pager::Pager,
    table::{CellLook, Table},
};
use crate::layout::Layout;

/// What is above the content of every page.
#[derive(Template)]
#[template(path = "parts/top.html")]
struct Top<'p> {
    layout: &'p Layout,
}

/// What is below it.
#[derive(Template)]
#[template(path = "parts/bottom.html")]
struct Bottom<'p> {
    layout: &'p Layout,
}

#[derive(Template)]
#[template(path = "parts/head.html")]
struct HeadHtml<'p> {
    head: &'p Head,
    w: Words,
}

#[derive(Template)]
#[template(path = "parts/pager.html")]
struct PagerHtml<'p> {
    pager: &'p Pager,
    w: Words,
}

#[derive(Template)]
#[template(path = "parts/grid.html")]
struct GridHtml<'p> {
    grid: &'p Grid,
}

#[derive(Template)]
#[template(path = "parts/input.html")]
struct InputHtml<'p> {
    input: &'p Input,
    w: Words,
}

#[derive(Template)]
#[template(path = "parts/filter.html")]
struct ControlHtml<'p> {
    control: &'p Control,
    w: Words,
}

#[derive(Template)]
#[template(path = "parts/table.html")]
struct TableHtml<'p> {
    table: &'p Table,
    w: Words,
}

#[derive(Template)]
#[template(path = "parts/downloads.html")]
struct DownloadsHtml<'p> {
    downloads: &'p Downloads,
    w: Words,
}

#[derive(Template)]
#[template(path = "parts/heading.html")]
struct HeadingHtml<'p> {
    heading: &'p PageHeading,
    title: &'p str,
}

impl Layout {
    /// What is above the content of a page.
    pub(crate) fn top(&self) -> impl Template {
        Top { layout: self }
    }

    /// What is below it.
    pub(crate) fn bottom(&self) -> impl Template {
        Bottom { layout: self }
    }
}

impl Table {
    /// As printed.
    pub(crate) fn html(&self, w: &Words) -> impl Template {
        TableHtml { table: self, w: *w }
    }
}

impl Downloads {
    /// As printed.
    pub(crate) fn html(&self, w: &Words) -> impl Template {
        DownloadsHtml { downloads: self, w: *w }
    }
}

impl PageHeading {
    /// As printed above a page with this title.
    pub(crate) fn html<'p>(&'p self, title: &'p str) -> impl Template + 'p {
        HeadingHtml { heading: self, title }
    }
}

impl Head {
    /// As printed.
    pub(crate) fn html(&self, w: &Words) -> impl Template {
        HeadHtml { head: self, w: *w }
    }
}

impl Pager {
    /// As printed.
    pub(crate) fn html(&self, w: &Words) -> impl Template {
        PagerHtml { pager: self, w: *w }
    }
}

impl Grid {
    /// As printed.
    pub(crate) fn html(&self) -> impl Template {
        GridHtml { grid: self }
    }
}

impl Input {
    /// As printed.
    pub(crate) fn html(&self, w: &Words) -> impl Template {
        InputHtml { input: self, w: *w }
    }
}

impl Control {
    /// As printed.
    pub(crate) fn html(&self, w: &Words) -> impl Template {
        ControlHtml { control: self, w: *w }
    }
}
