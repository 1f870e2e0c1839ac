//! Settings of the process, read from the environment once, at start. All errors are reported together.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Default number of connections for requests (`DB_MAX_POOL`).
pub const DEFAULT_DB_MAX_POOL: usize = 16;
/// Default number of connections for background work (`DB_WORKER_POOL`).
pub const DEFAULT_DB_WORKER_POOL: usize = 8;
/// Longest text that may be sent, in characters (`MAX_MESSAGE_LENGTH`): Twilio's own limit is 1,600.
pub const DEFAULT_MAX_MESSAGE_LENGTH: i32 = 1600;
/// Largest contact file, in bytes (`MAX_UPLOAD_BYTES`; S42).
pub const DEFAULT_MAX_UPLOAD_BYTES: usize = 100 * 1024 * 1024;
/// Largest GraphQL request, in bytes (`MAX_GRAPHQL_BYTES`; S03).
pub const DEFAULT_MAX_GRAPHQL_BYTES: usize = 256 * 1024;
/// Ways to give out contacts, where nobody names any (`DYNAMICASSIGNMENT_BATCHES`).
pub const DEFAULT_BATCH_POLICIES: &str = "finished-replies-tz,vetted-texters,finished-replies";
/// Sideboxes of the texter's page, where nobody names any (`TEXTER_SIDEBOXES`).
pub const DEFAULT_SIDEBOXES: &str = "celebration-gif,default-dynamicassignment,default-releasecontacts,contact-reference,default-editinitial,tag-contact";
/// Shortest session secret that is accepted, in characters.
pub const MIN_SESSION_SECRET: usize = 32;

/// A secret: never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }
    /// The secret itself; never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// Who may read the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introspection {
    /// Anybody.
    Everyone,
    /// Who is signed in.
    SignedIn,
    /// Nobody.
    Nobody,
}

/// Everything that can be set from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATABASE_URL`: where PostgreSQL is. Required.
    pub database_url: Secret,
    /// `SESSION_SECRET`: signs links and the built-in fake service's webhooks. Required, 32 characters or more.
    pub session_secret: Secret,
    /// `ENCRYPTION_KEY`: seals organizations' credentials in the database. Default: the session secret.
    pub encryption_key: Option<Secret>,
    /// `ENCRYPTION_KEY_PREVIOUS`: opens what was sealed before the key was exchanged.
    pub encryption_key_previous: Option<Secret>,
    /// `TWILIO_MULTI_ORG`: organizations may have a Twilio account of their own.
    pub twilio_multi_org: bool,
    /// `BASE_URL`: the address people type, without a slash at the end. Default `http://127.0.0.1:PORT`.
    pub base_url: String,
    /// `HOST`: the address to listen on. Default 127.0.0.1.
    pub host: String,
    /// `PORT`: the port to listen on. Default 3000.
    pub port: u16,
    /// `DB_MAX_POOL`: connections for requests.
    pub db_max_pool: usize,
    /// `DB_WORKER_POOL`: connections for background work.
    pub db_worker_pool: usize,
    /// What vendors are told, by the names of their variables (`TWILIO_ACCOUNT_SID`, ...): see
    /// `Vendor::settings`. Every variable that starts with a vendor's name is kept.
    pub vendor_settings: BTreeMap<String, Secret>,
    /// `DEFAULT_SERVICE`: carries texts of organizations that name none. Default fakeservice.
    pub default_service: String,
    /// `MAX_MESSAGE_LENGTH`: longest text, in characters.
    pub max_message_length: i32,
    /// `MAX_UPLOAD_BYTES`: largest contact file.
    pub max_upload_bytes: usize,
    /// `MAX_GRAPHQL_BYTES`: largest GraphQL request.
    pub max_graphql_bytes: usize,
    /// `PHONE_NUMBER_COUNTRY`: country of numbers written without one. Default US.
    pub phone_number_country: String,
    /// `OPT_OUT_MESSAGE`: the confirmation where an organization has none of its own.
    pub opt_out_message: String,
    /// `DEV_APP_SERVER`: development mode: `GraphiQL`, introspection and readable logs.
    pub development: bool,
    /// `CLIENT_DIST`: folder with the built browser client. Default dist.
    pub client_dist: PathBuf,
    /// `HTTP_WORKERS`: threads that serve HTTP. Default: one per core.
    pub http_workers: Option<usize>,
    /// `FAKESERVICE_DELAY_MS`: how long the fake service waits before a report or a reply. Default 800.
    pub fakeservice_delay_ms: u64,
    /// `METRICS_TOKEN`: opens `/metrics`, sent as `Authorization: Bearer`. Without it there is no such page.
    pub metrics_token: Option<Secret>,
    /// `DB_STATEMENT_TIMEOUT_MS`: longest a statement of a request may take. Default 8,000 (S03).
    pub db_statement_timeout: Duration,
    /// `GRAPHQL_TIMEOUT_SECONDS`: longest a query or mutation may take. Default 10 (S03).
    pub graphql_timeout: Duration,
    /// `GRAPHQL_MAX_DEPTH`: deepest nesting of a query. Default 12 (S01).
    pub graphql_max_depth: u64,
    /// `GRAPHQL_MAX_COST`: fields of one query, those of lists once per row. Default 250,000 (S01).
    pub graphql_max_cost: u64,
    /// `GRAPHQL_MAX_ROOT_FIELDS`: root fields of one query. Default 30 (S01).
    pub graphql_max_root_fields: u64,
    /// `GRAPHQL_MAX_ALIASES`: fields under another name in one query. Default 30 (S01).
    pub graphql_max_aliases: u64,
    /// `GRAPHQL_MAX_DIRECTIVES`: directives of one query. Default 10 (S01).
    pub graphql_max_directives: u64,
    /// `GRAPHQL_COST_PER_MINUTE`: what one person may ask for in a minute. Default 3,000,000 (S10).
    pub graphql_cost_per_minute: i64,
    /// `GRAPHQL_ANONYMOUS_COST_PER_MINUTE`: what one address may ask for without a sign-in. Default 20,000 (S10).
    pub graphql_anonymous_cost_per_minute: i64,
    /// `GRAPHQL_INTROSPECTION`: who may read the schema: everyone, signed-in or nobody. Default signed-in, everyone in
    /// development (S05).
    pub graphql_introspection: Introspection,
    /// `GRAPHIQL`: a page to try queries on at `/graphql`, for who is signed in; in development for everyone. Default
    /// off (S05).
    pub graphiql: bool,
    /// `TRUSTED_PROXY_HOPS`: reverse proxies in front, each of which adds to `X-Forwarded-For`. Default 0: the header
    /// is not read.
    pub trusted_proxy_hops: usize,
    /// `PHONE_INVENTORY` (or Spoke's older `EXPERIMENTAL_PHONE_INVENTORY`): organizations keep an inventory of telephone
    /// numbers. Default off.
    pub phone_inventory: bool,
    /// `EXPERIMENTAL_CAMPAIGN_PHONE_NUMBERS`: campaigns can reserve numbers of the inventory. Default off.
    pub campaign_phone_numbers: bool,
    /// `MAX_NUMBERS_PER_BUY_JOB`: numbers bought at once. Default 100.
    pub max_numbers_per_buy_job: u32,
    /// `BULK_SEND_CHUNK_SIZE`: contacts that a texter takes for one press of the button of bulk sending. Default 100.
    pub bulk_send_chunk_size: u32,
    /// `BULK_SEND_BATCH_SIZE`: texts sent by one call of bulk sending. Default 50.
    pub bulk_send_batch_size: u32,
    /// `MAX_REPLIES_PER_TEXTER`: replies that one visit of a campaign's reply link hands over. Default 200.
    pub max_replies_per_texter: u32,
    /// `SENDER_CONCURRENCY`: texts that one worker process hands over at a time. Default 256.
    pub sender_concurrency: usize,
    /// `NUMBER_DAILY_SHARE`: first messages that go from one number in a day, where we choose it. Default 200, as Twilio
    /// advises for long codes.
    pub number_daily_share: i32,
    /// `SETTLE_SECONDS`: a text whose fate is unknown is sent again at the earliest after so long, and only when its
    /// vendor says that it has none. Default 60.
    pub settle_after: Duration,
    /// `INBOUND_SWEEP_SECONDS`: how often vendors are asked for texts that no webhook told; 0: never. Default 300.
    pub inbound_sweep: Duration,
    /// `SHUTDOWN_SECONDS`: how long a stop waits for what is in flight. Default 10.
    pub shutdown_seconds: u64,
    /// `SUPPRESS_SELF_INVITE`: only superadmins invite people to make organizations.
    pub suppress_self_invite: bool,
    /// `OWNER_CONFIGURABLE`: settings that owners may change for their organization, with commas between; ALL: every
    /// one that can be changed.
    pub owner_configurable: Vec<String>,
    /// `MAX_TEXTERS_PER_CAMPAIGN`: texters that a join link lets into one campaign. Default: no limit.
    pub max_texters_per_campaign: Option<i32>,
    /// `MAX_CONTACTS_PER_TEXTER`: contacts for a texter who came by a campaign's join link. Default: no limit.
    pub max_contacts_per_texter: Option<i32>,
    /// `CAMPAIGN_INVITES_CURRENT_USERS_ONLY`: a campaign's join link lets in members of the organization alone.
    pub campaign_invites_current_users_only: bool,
    /// `ALLOW_SEND_ALL`: sending to many at once can be turned on by organizations.
    pub allow_send_all: bool,
    /// `OPT_OUT_PER_STATE`: the confirmation of an opt-out goes by the state of the contact's ZIP code.
    pub opt_out_per_state: bool,
    /// `OPTOUTS_SHARE_ALL_ORGS`: whoever opts out of one organization has opted out of all of this instance.
    pub opt_outs_share_all_orgs: bool,
    /// `SEND_AUTO_OPT_OUT_RESPONSE`: whether a contact's STOP is answered with the confirmation. Default: yes, but for
    /// words that the organization's service answers by itself (Twilio and Telnyx do).
    pub send_auto_opt_out_response: Option<bool>,
    /// `DYNAMICASSIGNMENT_BATCHES`: ways to give out contacts, with commas between, the usual one first.
    pub dynamicassignment_batches: Vec<String>,
    /// `TEXTER_SIDEBOXES`: sideboxes of the texter's page, with commas between.
    pub texter_sideboxes: Vec<String>,
}

impl Config {
    /// Reads the environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "settings are read here and nowhere else"
    )]
    pub fn from_env() -> Result<Self, Vec<String>> {
        Self::from_map(&std::env::vars().collect())
    }

    /// Reads a map; names every wrong or missing variable at once.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self, Vec<String>> {
        let mut reader = Reader {
            map,
            errors: Vec::new(),
        };
        let port = reader.number("PORT", 3000);
        let config = Self {
            database_url: Secret::new(
                reader.required("DATABASE_URL", "for example postgres://user@127.0.0.1/bellwether"),
            ),
            session_secret: Secret::new(reader.required("SESSION_SECRET", "32 random characters or more")),
            encryption_key: reader.get("ENCRYPTION_KEY").map(Secret::new),
            encryption_key_previous: reader.get("ENCRYPTION_KEY_PREVIOUS").map(Secret::new),
            twilio_multi_org: reader.flag("TWILIO_MULTI_ORG"),
            base_url: reader
                .text("BASE_URL", &format!("http://127.0.0.1:{port}"))
                .trim_end_matches('/')
                .to_owned(),
            host: reader.text("HOST", "127.0.0.1"),
            port,
            db_max_pool: reader.number("DB_MAX_POOL", DEFAULT_DB_MAX_POOL),
            db_worker_pool: reader.number("DB_WORKER_POOL", DEFAULT_DB_WORKER_POOL),
            vendor_settings: vendor_settings(map),
            default_service: reader.text("DEFAULT_SERVICE", "fakeservice"),
            max_message_length: reader.number("MAX_MESSAGE_LENGTH", DEFAULT_MAX_MESSAGE_LENGTH),
            max_upload_bytes: reader.number("MAX_UPLOAD_BYTES", DEFAULT_MAX_UPLOAD_BYTES),
            max_graphql_bytes: reader.number("MAX_GRAPHQL_BYTES", DEFAULT_MAX_GRAPHQL_BYTES),
            phone_number_country: reader.text("PHONE_NUMBER_COUNTRY", "US"),
            opt_out_message: reader.text(
                "OPT_OUT_MESSAGE",
                "I'm opting you out of texts immediately. Have a great day.",
            ),
            development: reader.flag("DEV_APP_SERVER"),
            client_dist: PathBuf::from(reader.text("CLIENT_DIST", "dist")),
            http_workers: map
                .contains_key("HTTP_WORKERS")
                .then(|| reader.number("HTTP_WORKERS", 1)),
            fakeservice_delay_ms: reader.number("FAKESERVICE_DELAY_MS", 800),
            metrics_token: reader.get("METRICS_TOKEN").map(Secret::new),
            db_statement_timeout: Duration::from_millis(reader.number("DB_STATEMENT_TIMEOUT_MS", 8_000)),
            graphql_timeout: Duration::from_secs(reader.number("GRAPHQL_TIMEOUT_SECONDS", 10)),
            graphql_max_depth: reader.number("GRAPHQL_MAX_DEPTH", 12),
            graphql_max_cost: reader.number("GRAPHQL_MAX_COST", 250_000),
            graphql_max_root_fields: reader.number("GRAPHQL_MAX_ROOT_FIELDS", 30),
            graphql_max_aliases: reader.number("GRAPHQL_MAX_ALIASES", 30),
            graphql_max_directives: reader.number("GRAPHQL_MAX_DIRECTIVES", 10),
            graphql_cost_per_minute: reader.number("GRAPHQL_COST_PER_MINUTE", 3_000_000),
            graphql_anonymous_cost_per_minute: reader.number("GRAPHQL_ANONYMOUS_COST_PER_MINUTE", 20_000),
            graphql_introspection: reader.introspection(),
            graphiql: reader.flag("GRAPHIQL") || reader.flag("DEV_APP_SERVER"),
            trusted_proxy_hops: reader.number("TRUSTED_PROXY_HOPS", 0),
            phone_inventory: reader.flag("PHONE_INVENTORY") || reader.flag("EXPERIMENTAL_PHONE_INVENTORY"),
            campaign_phone_numbers: reader.flag("EXPERIMENTAL_CAMPAIGN_PHONE_NUMBERS"),
            max_numbers_per_buy_job: reader.number("MAX_NUMBERS_PER_BUY_JOB", 100),
            bulk_send_chunk_size: reader.number("BULK_SEND_CHUNK_SIZE", 100),
            bulk_send_batch_size: reader.number("BULK_SEND_BATCH_SIZE", 50),
            max_replies_per_texter: reader.number("MAX_REPLIES_PER_TEXTER", 200),
            sender_concurrency: reader.number("SENDER_CONCURRENCY", 256),
            number_daily_share: reader.number("NUMBER_DAILY_SHARE", 200),
            settle_after: Duration::from_secs(reader.number("SETTLE_SECONDS", 60)),
            inbound_sweep: Duration::from_secs(reader.number("INBOUND_SWEEP_SECONDS", 300)),
            shutdown_seconds: reader.number("SHUTDOWN_SECONDS", 10),
            suppress_self_invite: reader.flag("SUPPRESS_SELF_INVITE"),
            owner_configurable: reader.list("OWNER_CONFIGURABLE", ""),
            max_texters_per_campaign: reader.limit("MAX_TEXTERS_PER_CAMPAIGN"),
            max_contacts_per_texter: reader.limit("MAX_CONTACTS_PER_TEXTER"),
            campaign_invites_current_users_only: reader.flag("CAMPAIGN_INVITES_CURRENT_USERS_ONLY"),
            allow_send_all: reader.flag("ALLOW_SEND_ALL"),
            opt_out_per_state: reader.flag("OPT_OUT_PER_STATE"),
            opt_outs_share_all_orgs: reader.flag("OPTOUTS_SHARE_ALL_ORGS"),
            send_auto_opt_out_response: reader
                .get("SEND_AUTO_OPT_OUT_RESPONSE")
                .map(|_| reader.flag("SEND_AUTO_OPT_OUT_RESPONSE")),
            dynamicassignment_batches: reader.list("DYNAMICASSIGNMENT_BATCHES", DEFAULT_BATCH_POLICIES),
            texter_sideboxes: reader.list("TEXTER_SIDEBOXES", DEFAULT_SIDEBOXES),
        };
        let secret_length = config.session_secret.expose().chars().count();
        if secret_length > 0 && secret_length < MIN_SESSION_SECRET {
            reader.errors.push(format!(
                "SESSION_SECRET: {secret_length} characters; {MIN_SESSION_SECRET} or more are needed"
            ));
        }
        for (name, key) in [
            ("ENCRYPTION_KEY", &config.encryption_key),
            ("ENCRYPTION_KEY_PREVIOUS", &config.encryption_key_previous),
        ] {
            let length = key.as_ref().map(|key| key.expose().chars().count());
            if length.is_some_and(|length| length < MIN_SESSION_SECRET) {
                reader.errors.push(format!(
                    "{name}: {MIN_SESSION_SECRET} characters or more are needed"
                ));
            }
        }
        check_default_service(&config, &mut reader.errors);
        if !config.base_url.starts_with("http://") && !config.base_url.starts_with("https://") {
            reader
                .errors
                .push("BASE_URL: must start with http:// or https://".to_owned());
        }
        if reader.errors.is_empty() {
            Ok(config)
        } else {
            Err(reader.errors)
        }
    }

    /// Settings of a test: nothing waits, nothing is secret.
    pub fn for_tests(database_url: &str) -> Self {
        let map = BTreeMap::from([
            ("DATABASE_URL".to_owned(), database_url.to_owned()),
            (
                "SESSION_SECRET".to_owned(),
                "test-secret-test-secret-test-secret".to_owned(),
            ),
            ("DB_MAX_POOL".to_owned(), "8".to_owned()),
            ("DB_WORKER_POOL".to_owned(), "4".to_owned()),
            ("FAKESERVICE_DELAY_MS".to_owned(), "0".to_owned()),
            ("DEV_APP_SERVER".to_owned(), "1".to_owned()),
        ]);
        Self::from_map(&map).unwrap_or_else(|errors| panic!("test settings: {errors:?}"))
    }

    /// Whether people reach us by https, so that cookies must be Secure.
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

/// The service that carries texts where nobody names one must be there, and have what it needs.
fn check_default_service(config: &Config, errors: &mut Vec<String>) {
    let service = config.default_service.as_str();
    let Some(settings) = crate::extensions::vendors::settings_of(service) else {
        errors.push(format!(
            "DEFAULT_SERVICE: {service:?} is not built in; {} are",
            crate::extensions::vendors::NAMES.join(", ")
        ));
        return;
    };
    // Where organizations bring accounts of their own, the instance needs none.
    if service == "twilio" && config.twilio_multi_org {
        return;
    }
    let missing: Vec<&str> = settings
        .iter()
        .filter(|setting| setting.is_required)
        .map(|setting| setting.name)
        .filter(|name| {
            config
                .vendor_settings
                .get(*name)
                .is_none_or(|value| value.expose().is_empty())
        })
        .collect();
    if !missing.is_empty() {
        errors.push(format!("DEFAULT_SERVICE: {service} needs {}", missing.join(", ")));
    }
}

/// Variables of vendors start so.
pub const VENDOR_PREFIXES: [&str; 5] = ["TWILIO_", "BANDWIDTH_", "NEXMO_", "VONAGE_", "TELNYX_"];

fn vendor_settings(map: &BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    map.iter()
        .filter(|(name, _)| VENDOR_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(name, value)| (name.clone(), Secret::new(value.trim())))
        .collect()
}

/// The words of a list with commas between.
pub fn words(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

struct Reader<'a> {
    map: &'a BTreeMap<String, String>,
    errors: Vec<String>,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.map
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }
    fn text(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or(default).to_owned()
    }
    fn required(&mut self, name: &str, hint: &str) -> String {
        if self.get(name).is_none() {
            self.errors.push(format!("{name}: missing ({hint})"));
        }
        self.text(name, "")
    }
    fn number<T: std::str::FromStr + Copy>(&mut self, name: &str, default: T) -> T {
        match self.get(name).map(str::parse) {
            None => default,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                self.errors.push(format!(
                    "{name}: {:?} is not a number that fits",
                    self.text(name, "")
                ));
                default
            }
        }
    }
    fn introspection(&mut self) -> Introspection {
        match self.get("GRAPHQL_INTROSPECTION") {
            Some("everyone") => Introspection::Everyone,
            Some("signed-in") => Introspection::SignedIn,
            Some("nobody") => Introspection::Nobody,
            None if self.flag("DEV_APP_SERVER") => Introspection::Everyone,
            None => Introspection::SignedIn,
            Some(_) => {
                let given = self.text("GRAPHQL_INTROSPECTION", "");
                self.errors.push(format!(
                    "GRAPHQL_INTROSPECTION: {given:?} is none of everyone, signed-in and nobody"
                ));
                Introspection::SignedIn
            }
        }
    }
    /// A limit that is not there by default; 0 and less are refused.
    fn limit(&mut self, name: &str) -> Option<i32> {
        self.get(name)?;
        let limit = self.number(name, 1);
        if limit < 1 {
            self.errors.push(format!("{name}: must be 1 or more"));
        }
        Some(limit)
    }
    fn list(&self, name: &str, default: &str) -> Vec<String> {
        words(self.get(name).unwrap_or(default))
    }
    fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Config, Vec<String>> {
        Config::from_map(&BTreeMap::from(
            [
                ("DATABASE_URL", "postgres://127.0.0.1/x"),
                ("SESSION_SECRET", "test-secret-test-secret-test-secret"),
                (name, value),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        ))
    }

    #[test]
    fn limits_are_none_unless_set_and_never_less_than_one() {
        assert_eq!(
            read("MAX_TEXTERS_PER_CAMPAIGN", "")
                .unwrap()
                .max_texters_per_campaign,
            None
        );
        assert_eq!(
            read("MAX_TEXTERS_PER_CAMPAIGN", "20")
                .unwrap()
                .max_texters_per_campaign,
            Some(20)
        );
        for wrong in ["0", "-1", "many"] {
            let errors = read("MAX_CONTACTS_PER_TEXTER", wrong).unwrap_err();
            assert!(errors[0].starts_with("MAX_CONTACTS_PER_TEXTER"), "{errors:?}");
        }
    }

    #[test]
    fn lists_are_read_word_by_word_with_spokes_defaults() {
        let config = read("OWNER_CONFIGURABLE", " DEFAULT_BATCHSIZE ,,MESSAGE_HANDLERS").unwrap();
        assert_eq!(
            config.owner_configurable,
            ["DEFAULT_BATCHSIZE", "MESSAGE_HANDLERS"]
        );
        assert_eq!(config.dynamicassignment_batches.len(), 3);
        assert_eq!(config.texter_sideboxes.len(), 6);
    }
}
