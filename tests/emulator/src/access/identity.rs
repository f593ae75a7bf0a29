//! The principals: one tenancy with a user, a function and an instance, and their current keys.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::instance::{Instance, SessionKey};
use super::names::Names;
use super::rsa_key::{PublicKey, RsaKey};
use super::token::Claims;
use crate::clock;
use crate::functions::Subject;
use crate::lock::lock;
use crate::state_folder::{StateError, read_text, write_text};

/// The principals, their keys, and the folder that holds their files.
#[derive(Debug)]
pub(crate) struct Identity {
    names: Names,
    secret: Vec<u8>,
    folder: PathBuf,
    api_key: RsaKey,
    instance: Instance,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    /// The `jti` of the resource principal's current token.
    current: String,
    /// Tokens that are rejected although they have not expired.
    refused: BTreeSet<String>,
}

/// The pass phrase of the key in the profile `ENCRYPTED`.
pub(crate) const PASS_PHRASE: &str = "bronze";

/// The console's documentation puts this after the end of a key; Oracle's command line warns about keys without it.
const KEY_LABEL: &str = "OCI_API_KEY\n";

/// The lifetime of the token in the profile `SESSION`, longer than a working day. Every start creates a new token.
const SESSION_SECONDS: i64 = 7 * 24 * 3600;

impl Identity {
    /// Reads the principals from a folder, or creates them in an empty one.
    pub(crate) fn open(folder: &Path, region: &str, token_lifetime: Duration) -> Result<Self, StateError> {
        let names = Names::open(folder, region)?;
        let [api_key, session_key, principal_key] =
            keys(folder, ["api_key.pem", "session_key.pem", "resource-principal/private.pem"])?;
        let secret = names.token_secret.clone().into_bytes();
        let identity = Self {
            instance: Instance::new(names.clone(), token_lifetime),
            names,
            secret,
            folder: folder.to_owned(),
            api_key,
            sessions: Mutex::default(),
        };
        identity.write_config(&session_key)?;
        identity.give_out(&principal_key, token_lifetime, false)?;
        Ok(identity)
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Returns the public key for a key ID; `None` if the key ID is unknown, or its token has expired or been revoked.
    pub(crate) fn key_of(&self, key_id: &str) -> Option<PublicKey> {
        if let Some(token) = key_id.strip_prefix("ST$") {
            let claims = Claims::open(token, &self.secret)?;
            let good = claims.exp > clock::seconds() && !self.sessions().refused.contains(&claims.jti);
            return good.then(|| claims.session_key()).flatten();
        }
        let api_key = (key_id == self.api_key_id()).then(|| PublicKey::Spki(self.api_key.spki()));
        api_key.or_else(|| self.instance.key_of(key_id))
    }

    /// Gives the resource principal a new key and a new token that is valid for `lifetime`. The old token is rejected immediately if
    /// `refuse_old` is set; otherwise it remains valid until it expires.
    pub(crate) fn rotate(&self, lifetime: Duration, refuse_old: bool) -> Result<(), StateError> {
        self.give_out(&RsaKey::generate(), lifetime, refuse_old)
    }

    /// Writes the key and a resource principal token for it.
    fn give_out(&self, key: &RsaKey, lifetime: Duration, refuse_old: bool) -> Result<(), StateError> {
        let (n, e) = key.components();
        let names = &self.names;
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let mut claims = Claims::new(&names.function, &names.tenancy, seconds, &n, &e);
        claims.ptype = "resource".to_owned();
        claims.ttype = "res_sp".to_owned();
        claims.res_tenant = Some(names.tenancy.clone());
        claims.res_compartment = Some(names.compartment.clone());
        claims.res_type = Some("fnfunc".to_owned());
        claims.res_id = Some(names.function.clone());
        let folder = self.folder.join("resource-principal");
        // Key and token are two files, as on the platform. A client that reads them between the two writes is rejected once.
        write_text(&folder.join("private.pem"), &key.pkcs8_pem())?;
        write_text(&folder.join("rpst"), &claims.sealed(&self.secret))?;
        let mut sessions = self.sessions();
        let old = std::mem::replace(&mut sessions.current, claims.jti);
        if refuse_old {
            sessions.refused.insert(old);
        }
        Ok(())
    }

    /// Rejects the resource principal's current token from now on.
    pub(crate) fn refuse_current(&self) {
        let mut sessions = self.sessions();
        let current = sessions.current.clone();
        sessions.refused.insert(current);
    }

    /// Issues a token for an instance that has proved its identity. The token is bound to the session key from the request.
    pub(crate) fn instance_token(&self, (n, e): &SessionKey, lifetime: Duration) -> String {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let mut claims = Claims::new(&self.names.instance, &self.names.tenancy, seconds, n, e);
        claims.ptype = "instance".to_owned();
        claims.ttype = "x509".to_owned();
        claims.sealed(&self.secret)
    }

    /// Returns the principal that a key ID stands for.
    pub(crate) fn subject_of(&self, key_id: &str) -> Subject {
        let Names { tenancy, user, instance, .. } = &self.names;
        let claims = key_id.strip_prefix("ST$").and_then(|token| Claims::open(token, &self.secret));
        let (id, kind) = match claims {
            Some(claims) => (claims.sub, claims.ptype),
            None if key_id == self.api_key_id() => (user.clone(), "user".to_owned()),
            None => (instance.clone(), "instance".to_owned()),
        };
        Subject { id, tenancy_id: tenancy.clone(), kind }
    }

    fn api_key_id(&self) -> String {
        format!("{}/{}/{}", self.names.tenancy, self.names.user, self.api_key.fingerprint())
    }

    /// Writes the SDK configuration file `config`, and the keys that its profiles name.
    fn write_config(&self, session_key: &RsaKey) -> Result<(), StateError> {
        let Names { tenancy, user, region, .. } = &self.names;
        let fingerprint = self.api_key.fingerprint();
        let (n, e) = session_key.components();
        let session = Claims::new(user, tenancy, SESSION_SECONDS, &n, &e).sealed(&self.secret);
        let path = |name: &str| self.folder.join(name);
        for (name, text) in [
            ("api_key.pem", self.api_key.pkcs8_pem() + KEY_LABEL),
            ("api_key_pkcs1.pem", self.api_key.pkcs1_pem() + KEY_LABEL),
            ("api_key_encrypted.pem", self.api_key.encrypted_pem(PASS_PHRASE) + KEY_LABEL),
            ("session_key.pem", session_key.pkcs8_pem()),
            ("session_token", session),
        ] {
            write_text(&path(name), &text)?;
        }
        let user_of = |profile: &str, key: &str, more: &str| {
            format!(
                "[{profile}]\nuser={user}\nfingerprint={fingerprint}\ntenancy={tenancy}\nregion={region}\nkey_file={}\n{more}\n",
                path(key).display(),
            )
        };
        let config = [
            user_of("DEFAULT", "api_key.pem", ""),
            user_of("PKCS1", "api_key_pkcs1.pem", ""),
            user_of("ENCRYPTED", "api_key_encrypted.pem", &format!("pass_phrase={PASS_PHRASE}\n")),
            format!(
                "[SESSION]\nfingerprint={}\ntenancy={tenancy}\nregion={region}\nkey_file={}\nsecurity_token_file={}\n",
                session_key.fingerprint(),
                path("session_key.pem").display(),
                path("session_token").display(),
            ),
        ];
        write_text(&path("config"), &config.concat())
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }
}

/// Reads the keys from these files. Missing keys are generated in parallel, because generating them takes most of a first start.
fn keys<const N: usize>(folder: &Path, names: [&str; N]) -> Result<[RsaKey; N], StateError> {
    let made = thread::scope(|scope| {
        names
            .map(|name| scope.spawn(move || key(&folder.join(name))))
            .map(|made| made.join().expect("making a key does not panic"))
    });
    let made: Vec<RsaKey> = made.into_iter().collect::<Result<_, _>>()?;
    Ok(made.try_into().expect("as many keys as names"))
}

fn key(path: &Path) -> Result<RsaKey, StateError> {
    let Some(text) = read_text(path)? else { return Ok(RsaKey::generate()) };
    RsaKey::from_pem(text.trim_end().trim_end_matches(KEY_LABEL.trim_end()))
        .map_err(|error| StateError::io(path, io::Error::new(io::ErrorKind::InvalidData, error)))
}
