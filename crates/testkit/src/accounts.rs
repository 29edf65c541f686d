//! People who sign in.

use app::{
    App, Context,
    accounts::{self, Credentials, Session},
};

/// The password that the office gives to somebody.
pub const FIRST_PASSWORD: &str = "brass kettle on the shelf";
/// The password that people choose for themselves.
pub const PASSWORD: &str = "nine herons over Lushun";

/// A digest of [`PASSWORD`], made with so little work that a test does not wait for it. The digests of
/// the program itself take a hundred times as long, which is what they are for.
pub const PASSWORD_DIGEST: &str =
    "$argon2id$v=19$m=8,t=1,p=1$lclwYMtFB5zQnv43ZSCRUw$QaogVNwqTz3PI2oWhuLLvvM2KnLjDdZiQWsGIBP9GkI";

/// Signs somebody in for the first time: with [`FIRST_PASSWORD`], in whose place comes [`PASSWORD`].
///
/// # Panics
/// When that is refused.
#[expect(clippy::expect_used, reason = "a test whose people cannot sign in cannot go on")]
pub async fn first_sign_in(app: &App, login: &str) -> Session {
    let session = accounts::sign_in(app, Credentials::new(login, FIRST_PASSWORD)).await;
    let token = session.expect("the first password").token;
    let (ctx, ..) = accounts::account_context(app, &token, None).await.expect("a session");
    let chosen = accounts::change_password(app, &ctx, FIRST_PASSWORD, PASSWORD.to_owned()).await;
    chosen.expect("an own password")
}

/// The context of somebody who signs in for the first time.
///
/// # Panics
/// As [`first_sign_in`].
#[expect(clippy::expect_used, reason = "a test whose people cannot sign in cannot go on")]
pub async fn first_context(app: &App, login: &str) -> Context {
    let session = first_sign_in(app, login).await;
    accounts::session_context(app, &session.token, None).await.expect("a session").0
}
