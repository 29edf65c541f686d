//! Links to the pages of a long list. Every list shows how many entries there are in all.

use words::Words;

use crate::{Error, address::Params, urls::Url};

/// The position of a page in a list. Its template is `parts/pager.html`.
pub(crate) struct Pager {
    /// Which rows are shown, of how many.
    pub(crate) text: String,
    /// The page before.
    pub(crate) previous: Option<String>,
    /// The page after.
    pub(crate) next: Option<String>,
    /// Whether there is more than one page.
    pub(crate) has_pages: bool,
}

/// The parameter with the number of the page.
const PAGE: &str = "page";

impl Pager {
    /// The page asked for, from 1.
    ///
    /// # Errors
    /// [`Error::BadAddress`].
    pub(crate) fn requested_page(params: &Params) -> Result<usize, Error> {
        Self::requested_page_as(params, PAGE)
    }

    /// The page asked for by the parameter `name`, where a page has two lists.
    ///
    /// # Errors
    /// [`Error::BadAddress`].
    pub(crate) fn requested_page_as(params: &Params, name: &str) -> Result<usize, Error> {
        Ok(params.parse::<usize>(name)?.unwrap_or(1).clamp(1, 1_000_000))
    }

    /// Page `page` of a list of `total`, `size` on each, at `url`.
    pub(crate) fn new(words: Words, page: usize, size: usize, total: usize, url: &Url) -> Self {
        Self::named(words, PAGE, page, size, total, url)
    }

    /// As [`Pager::new`], of a list of which it is only known that it goes on after this page.
    pub(crate) fn open_ended(words: Words, page: usize, size: usize, url: &Url) -> Self {
        let (from, to) = ((page - 1) * size + 1, page * size);
        let text = words.list_page_of_more(page, words.count(from), words.count(to));
        Self { text, ..Self::new(words, page, size, to + 1, url) }
    }

    /// As [`Pager::new`], where the parameter `name` says which page.
    pub(crate) fn named(words: Words, name: &str, page: usize, size: usize, total: usize, url: &Url) -> Self {
        let pages = total.div_ceil(size).max(1);
        let (from, to) = ((page - 1) * size + 1, (page * size).min(total));
        let at = |page: usize| String::from(url.clone().with_param(name, page));
        let text = if pages == 1 {
            words.list_all(words.count(total))
        } else {
            words.list_page(page, words.count(total), words.count(from), words.count(to))
        };
        Self {
            text,
            previous: (page > 1).then(|| at((page - 1).min(pages))),
            next: (page < pages).then(|| at(page + 1)),
            has_pages: pages > 1,
        }
    }
}
