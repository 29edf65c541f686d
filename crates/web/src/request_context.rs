//! Who sends the request: the language, the token of forms, and the person signed in.

use std::{net::IpAddr, sync::Arc};

use app::{Context, Demand, Priority, RequestOrigin, Snapshot, accounts, with_priority};
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use campaign::definition::{Campaign, CampaignIdx};
use sha2::{Digest, Sha256};
use words::{Language, Words};

use crate::{
    Error, Options, WebState, address::Params, cookies, returned_form::ReturnedForm, server::Peer, urls::Url,
};

/// What is known of every request.
#[derive(Clone)]
pub(crate) struct RequestContext {
    /// The texts in the visitor's language.
    pub(crate) words: Words,
    /// Path and parameters of the request.
    pub(crate) address: String,
    /// What a form of this visitor must carry.
    pub(crate) token: String,
    /// Whether an answer is read by a program.
    pub(crate) is_api: bool,
    /// A new key, to be kept in a cookie.
    pub(crate) new_key: Option<String>,
    /// The token of the session that the browser has, whether it still lasts or not.
    pub(crate) session: Option<String>,
    /// Whether the language was chosen in this browser.
    pub(crate) has_chosen_language: bool,
    /// The address that it comes from, behind the declared proxies.
    pub(crate) client: Option<IpAddr>,
    /// A form that comes back to be shown again, with what was typed into it.
    pub(crate) returned: Option<ReturnedForm>,
    /// Id of the campaign that was chosen on a page of this session before.
    pub(crate) chosen_campaign: Option<String>,
    /// What the browser calls itself.
    browser: Option<String>,
}

impl RequestContext {
    /// Reads a request's cookies and headers.
    pub(crate) fn from_request(request: &Request, options: &Options) -> Self {
        let headers = request.headers();
        let cookie = |name| cookies::read(headers, name, options.is_https);
        let session = cookie(cookies::SESSION);
        let key = session.or_else(|| cookie(cookies::VISITOR));
        let chosen = cookie(cookies::LANGUAGE).and_then(Language::parse);
        let peer = request.extensions().get::<Peer>().map(|Peer(peer)| peer.ip());
        let browser = headers.get(header::USER_AGENT);
        let new_key = key.is_none().then(accounts::token);
        let address = request.uri().path_and_query().map_or("/", |address| address.as_str());
        let token = token(key.or(new_key.as_deref()).unwrap_or_default());
        let chosen_campaign = cookie(cookies::CAMPAIGN).and_then(|value| chosen_in_session(value, &token));
        Self {
            words: Words::new(chosen.or_else(|| accepted_language(headers)).unwrap_or_default()),
            is_api: address.starts_with("/api/"),
            address: address.to_owned(),
            chosen_campaign: chosen_campaign.map(ToOwned::to_owned),
            token,
            new_key,
            session: session.map(ToOwned::to_owned),
            has_chosen_language: chosen.is_some(),
            client: peer.map(|peer| options.proxies.client(peer, headers)),
            returned: None,
            browser: browser.map(|browser| String::from_utf8_lossy(browser.as_bytes()).into_owned()),
        }
    }

    /// The same visit in a session that has just begun.
    pub(crate) fn signed_in_as(&self, session: &str) -> Self {
        Self { token: token(session), session: Some(session.to_owned()), new_key: None, ..self.clone() }
    }

    /// The same visit to another page, which a form comes back to.
    pub(crate) fn to_page(&self, address: String, returned: Option<ReturnedForm>) -> Self {
        Self { address, returned, ..self.clone() }
    }

    /// What was typed into the form that comes back to this page.
    pub(crate) fn returned_fields(&self) -> Option<&[(String, String)]> {
        self.returned.as_ref().map(|returned| returned.form.fields.as_slice())
    }

    /// Where it comes from.
    pub(crate) fn origin(&self) -> RequestOrigin {
        RequestOrigin { address: self.client, browser: self.browser.clone(), session: None }
    }
}

/// What is kept of the campaign that was chosen on a page: with a mark of the session, so that it ends with that.
pub(crate) fn campaign_choice(visit: &RequestContext, campaign: &str) -> String {
    format!("{campaign}.{}", session_mark(&visit.token))
}

fn chosen_in_session<'v>(value: &'v str, token: &str) -> Option<&'v str> {
    let (campaign, mark) = value.rsplit_once('.')?;
    (mark == session_mark(token)).then_some(campaign)
}

fn session_mark(token: &str) -> &str {
    token.get(..8).unwrap_or_default()
}

/// The token of a visitor's forms: it follows from the key in the cookie, which no other site can read.
fn token(key: &str) -> String {
    let digest = Sha256::new().chain_update(b"form ").chain_update(key).finalize();
    let half = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    format!("{half:032x}")
}

/// The first language that the browser asks for and that we have.
fn accepted_language(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    accepted.split(',').find_map(|tag| Language::parse(tag.split(';').next()?))
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| app::Error::internal("a request without a visit").into())
    }
}

/// Somebody who has signed in. Without it a request is answered by the sign-in page.
pub(crate) struct SignedIn {
    /// The first argument of every use case.
    pub(crate) ctx: Context,
    /// The region as it was when the session was looked up, read in the same transaction.
    pub(crate) snapshot: Arc<Snapshot>,
    /// The rest of what is known.
    pub(crate) visit: RequestContext,
    /// The campaign that the address names, else the one chosen before, else the first that is the person's.
    pub(crate) campaign: CampaignIdx,
}

/// The parameter of an address that names the campaign.
pub(crate) const CAMPAIGN: &str = "campaign";

impl SignedIn {
    /// The campaign that the page is about. Campaigns are added to a definition, and none is ever taken away: it is at
    /// the same place in whichever snapshot.
    pub(crate) fn campaign<'s>(&self, snapshot: &'s Snapshot) -> &'s Campaign {
        snapshot
            .definition
            .campaigns
            .get(self.campaign)
            .unwrap_or_else(|| snapshot.definition.first_campaign())
    }

    /// An address of a page about the same campaign. The first need not be named as long as none was chosen.
    pub(crate) fn with_campaign(&self, url: Url) -> Url {
        let is_meant = self.campaign == CampaignIdx::FIRST && self.visit.chosen_campaign.is_none();
        let id = (!is_meant).then(|| self.campaign(&self.snapshot).id.clone());
        url.with_some(CAMPAIGN, id)
    }

    /// The texts in the person's language.
    pub(crate) fn words(&self) -> Words {
        self.visit.words
    }
}

impl FromRequestParts<Arc<WebState>> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Error> {
        let (signed_in, demand) = signed_in(parts, state).await?;
        match demand {
            None => Ok(signed_in),
            Some(demand) => Err(app::Error::AccountNotReady(demand).into()),
        }
    }
}

/// Somebody who has signed in and sees to the own account, with what must be done about it before
/// anything else.
pub(crate) struct AccountOwner {
    /// Who it is.
    pub(crate) person: SignedIn,
    /// What must be done first.
    pub(crate) demand: Option<Demand>,
}

impl FromRequestParts<Arc<WebState>> for AccountOwner {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Error> {
        let (person, demand) = signed_in(parts, state).await?;
        Ok(Self { person, demand })
    }
}

/// The campaign that the address names; on a page else the one that was chosen before, else the first that the person's
/// role is for.
fn campaign_named(
    parts: &Parts,
    visit: &RequestContext,
    ctx: &Context,
    snapshot: &Snapshot,
) -> Result<CampaignIdx, Error> {
    let params = Params::of_query(parts.uri.query().unwrap_or_default());
    let mut own =
        snapshot.definition.campaigns.entries().filter(|(_, campaign)| ctx.may_see_campaign(campaign));
    let Some(id) = params.get(CAMPAIGN) else {
        let own: Vec<_> = own.collect();
        let chosen = visit.chosen_campaign.as_deref().filter(|_| follows_choice(parts.uri.path()));
        let chosen = own.iter().find(|(_, campaign)| Some(campaign.id.as_str()) == chosen);
        return Ok(chosen.or(own.first()).map(|(position, _)| *position).unwrap_or_default());
    };
    match own.find(|(_, campaign)| campaign.id == id) {
        Some((position, _)) => Ok(position),
        None => Err(app::Error::NotFound { what: app::Thing::Campaign, key: id.to_owned() }.into()),
    }
}

/// Whether what an address shows depends on the campaign chosen before: a page, neither a file nor an answer for a
/// program, and not that of one indicator. Each campaign has its own `1.1`, so an address that was written down before
/// there was a second campaign means the first one's.
fn follows_choice(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !path.starts_with("/api/")
        && !path.contains("/figures/")
        && ![".xlsx", ".csv", ".svg"].iter().any(|end| last.ends_with(end))
}

async fn signed_in(parts: &mut Parts, state: &Arc<WebState>) -> Result<(SignedIn, Option<Demand>), Error> {
    let visit = RequestContext::from_request_parts(parts, state).await?;
    let token = visit.session.as_deref().ok_or(app::Error::NotSignedIn)?;
    let language = Some(visit.words.language());
    let (mut ctx, snapshot, demand) = accounts::account_context(&state.app, token, language).await?;
    ctx.origin = RequestOrigin { session: ctx.origin.session, ..visit.origin() };
    if accounts::is_to_be_noted(&ctx) {
        let (state, ctx) = (state.clone(), ctx.clone());
        // It waits for its turn to write; the page does not.
        let noted = async move {
            if let Err(error) = accounts::note_use(&state.app, &ctx).await {
                tracing::warn!("the use of a session was not noted: {error}");
            }
        };
        tokio::spawn(with_priority(Priority::Page, noted));
    }
    let campaign = campaign_named(parts, &visit, &ctx, &snapshot)?;
    Ok((SignedIn { ctx, snapshot, visit, campaign }, demand))
}
