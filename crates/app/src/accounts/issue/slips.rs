//! Codes as a sheet.

use model::clock::day_of;
use sheet::write::{Heading, Output, XlsxTable};
use words::{Language, Words};

use super::Issued;
use crate::{Result, imports::blocking};

/// The codes as a workbook; `site` is the address at which they are used.
///
/// # Errors
/// [`crate::Error::File`] when it cannot be written.
pub fn slips_sheet(language: Language, site: &str, issued: &Issued) -> Result<Vec<u8>> {
    let words = Words::new(language);
    let titles = [
        (words.codes_district(), 24),
        (words.codes_column_code(), 18),
        (words.codes_column_unit(), 44),
        (words.accounts_name(), 20),
        (words.accounts_user_name(), 18),
        (words.accounts_role(), 20),
        (words.codes_code(), 20),
        (words.codes_slip_until(), 14),
        (words.codes_slip_site(), 36),
    ];
    blocking(|| {
        let headings = titles.map(|(title, width)| Heading { title, width });
        let mut book = XlsxTable::new(words.codes_slips(), &headings)?;
        for slip in &issued.slips {
            let district = slip.district.as_ref().map_or("", |district| district.name.as_str());
            book.row(&[
                Output::Text(district),
                Output::Text(&slip.unit.code),
                Output::Text(&slip.unit.name),
                Output::Text(&slip.name),
                Output::Text(&slip.login),
                Output::Text(words.pick(&slip.role.label().zh, &slip.role.label().en)),
                Output::Text(&slip.code),
                Output::Date(day_of(issued.expires_at)),
                Output::Text(site),
            ])?;
        }
        Ok(book.finish()?)
    })
}
