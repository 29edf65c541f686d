//! Setting up the second factor: a secret to be scanned, then a code that shows that it was.

use std::{fmt::Write as _, sync::Arc};

use app::accounts::{self, SecondFactor};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use qrcode::{Color, QrCode};
use serde::Deserialize;

use super::account::{Faults, page};
use crate::{Error, WebState, form::Form, request_context::AccountOwner};

/// The second factor, ready to print.
pub(super) enum SecondFactorView {
    Absent,
    Begun {
        /// The secret in groups of four.
        secret: String,
        /// What a telephone opens by itself.
        url: String,
        /// The picture: its width in modules, and the dark ones as the path of an SVG.
        width: usize,
        path: String,
    },
    Confirmed,
}

/// Light modules around the picture, without which no camera finds it.
const MARGIN: usize = 4;

impl SecondFactorView {
    pub(super) fn new(factor: &SecondFactor) -> Result<Self, Error> {
        Ok(match factor {
            SecondFactor::Absent => Self::Absent,
            SecondFactor::Confirmed => Self::Confirmed,
            SecondFactor::Begun { secret, url } => {
                let code = QrCode::new(url).map_err(app::Error::internal)?;
                let letters: Vec<char> = secret.chars().collect();
                let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
                Self::Begun {
                    secret: groups.join(" "),
                    url: url.clone(),
                    width: code.width() + 2 * MARGIN,
                    path: path(&code),
                }
            }
        })
    }
}

/// A square for each dark module.
fn path(code: &QrCode) -> String {
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    dark.fold(String::new(), |mut path, (position, _)| {
        let (x, y) = (position % width + MARGIN, position / width + MARGIN);
        // Writing to a String cannot fail.
        let _ = write!(path, "M{x} {y}h1v1h-1z");
        path
    })
}

/// A form that states nothing but what its button does.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/account/second-factor`: a new secret, to be scanned.
pub(crate) async fn begin(
    State(state): State<Arc<WebState>>,
    AccountOwner { person, .. }: AccountOwner,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    accounts::begin_second_factor(&state.app, &person.ctx).await?;
    Ok(Redirect::to("/account#second-factor"))
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Code {
    code: String,
}

/// POST `/account/second-factor/confirm`.
pub(crate) async fn confirm(
    State(state): State<Arc<WebState>>,
    owner: AccountOwner,
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    let words = owner.person.words();
    let fault = match accounts::confirm_second_factor(&state.app, &owner.person.ctx, &form.code).await {
        Ok(()) => return Ok(Redirect::to("/account?done=second-factor").into_response()),
        Err(app::Error::SignInRefused) => words.account_code_wrong().to_owned(),
        Err(app::Error::TooManyAttempts { seconds }) => words.account_password_wait(seconds),
        Err(error) => return Err(error.into()),
    };
    let faults = Faults { second_factor: vec![fault], ..Faults::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&state, &owner, None, faults).await?).into_response())
}
