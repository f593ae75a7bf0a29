use super::token_files::Secret;
use super::{InstancePrincipal, Principal, TokenFiles};
use crate::credentials_error::CredentialsError;
use crate::private_key::PrivateKey;
use cloud_transport::Environment;
use ini::{Ini, ParseOption};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A profile of the configuration file that Oracle's command line and SDKs share, `~/.oci/config`.
#[derive(Clone)]
pub struct Profile {
    name: String,
    file: PathBuf,
    entries: BTreeMap<String, String>,
    environment: Environment,
}

/// The profile whose entries all other profiles inherit.
const DEFAULT: &str = "DEFAULT";

/// Variables that override entries of a profile, as in Oracle's command line.
const VARIABLES: &[(&str, &str)] = &[
    ("OCI_CLI_TENANCY", "tenancy"),
    ("OCI_CLI_USER", "user"),
    ("OCI_CLI_FINGERPRINT", "fingerprint"),
    ("OCI_CLI_KEY_FILE", "key_file"),
    ("OCI_CLI_KEY_CONTENT", "key_content"),
    ("OCI_CLI_PASSPHRASE", "pass_phrase"),
    ("OCI_CLI_SECURITY_TOKEN_FILE", "security_token_file"),
];

impl Profile {
    /// Reads the profile that the environment selects.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let named = environment.first(&["OCI_CLI_CONFIG_FILE", "OCI_CONFIG_FILE"]);
        let file = match named {
            Some((_, file)) => environment.path(file),
            None => {
                let (file, older) =
                    (environment.path("~/.oci/config"), environment.path("~/.oraclebmc/config"));
                if !file.exists() && older.exists() { older } else { file }
            }
        };
        let name = environment.first(&["OCI_CLI_PROFILE", "OCI_CONFIG_PROFILE"]);
        let name = name.map_or(DEFAULT, |(_, name)| name);
        let given: BTreeMap<String, String> = VARIABLES
            .iter()
            .filter_map(|(variable, key)| Some(((*key).to_owned(), environment.get(variable)?.to_owned())))
            .collect();
        let complete = ["tenancy", "user", "fingerprint"].iter().all(|key| given.contains_key(*key));
        let mut profile = if complete && !file.exists() {
            Profile { name: name.into(), file, entries: BTreeMap::new(), environment: environment.clone() }
        } else {
            Self::read(&file, name, environment)?
        };
        profile.entries.extend(given);
        Ok(profile)
    }

    /// Reads a profile from a file. `~` in paths is the environment's `HOME`.
    pub fn read(file: &Path, name: &str, environment: &Environment) -> Result<Self, CredentialsError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| CredentialsError::File { path: file.into(), source })?;
        let text = text.trim_start_matches('\u{feff}'); // Editors on Windows write a byte-order mark.
        // Python's ConfigParser defines the format in practice, and supports neither quotes nor escapes.
        let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
        let ini = Ini::load_from_str_opt(text, option).map_err(|error| {
            // The library's own message may quote the line, and with it a pass phrase.
            CredentialsError::Setting(format!(
                "{} is not a valid INI file; see line {}",
                file.display(),
                error.line
            ))
        })?;
        let sections: Vec<&str> = ini.sections().flatten().collect();
        if name != DEFAULT && !sections.contains(&name) {
            let problem =
                format!("{} has no profile {name}; it has: {}", file.display(), sections.join(", "));
            return Err(CredentialsError::Setting(problem));
        }
        let mut entries = BTreeMap::new();
        for section in [DEFAULT, name] {
            for (key, value) in ini.section(Some(section)).into_iter().flat_map(|section| section.iter()) {
                entries.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        Ok(Profile { name: name.into(), file: file.into(), entries, environment: environment.clone() })
    }

    /// Returns the principal of this profile: a session if it has a `security_token_file`, otherwise an API key.
    ///
    /// `token_wanted` requires a session (`true`) or an API key (`false`).
    pub fn principal(&self, token_wanted: Option<bool>) -> Result<Principal, CredentialsError> {
        match (self.get("authentication_type"), token_wanted) {
            (Some("instance_principal"), None) => {
                return Ok(Principal::instance(InstancePrincipal::new(&self.environment)));
            }
            (Some("resource_principal"), None) => {
                return Ok(Principal::token(TokenFiles::resource_principal(&self.environment)?));
            }
            _ => {}
        }
        let pass_phrase = self.get("pass_phrase").or_else(|| self.get("passphrase"));
        if let (Some(token), None | Some(true)) = (self.get("security_token_file"), token_wanted) {
            let token = Secret::File(self.environment.path(token));
            let pass_phrase = pass_phrase.map(|text| Secret::Text(text.into()));
            return Ok(Principal::token(TokenFiles::new(token, self.key()?, pass_phrase)));
        }
        if token_wanted == Some(true) {
            return Err(self.problem("has no security_token_file"));
        }
        let missing: Vec<&str> =
            ["tenancy", "user", "fingerprint"].into_iter().filter(|key| self.get(key).is_none()).collect();
        if !missing.is_empty() {
            return Err(self.problem(&format!("lacks {}", missing.join(" and "))));
        }
        let key = match self.key()? {
            Secret::Text(text) => PrivateKey::from_pem(&text, pass_phrase)?,
            Secret::File(path) => {
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| CredentialsError::File { path: path.clone(), source })?;
                PrivateKey::from_pem(&text, pass_phrase).map_err(|error| error.of_file(&path))?
            }
        };
        let entry = |key| self.get(key).unwrap_or_default();
        Ok(Principal::api_key(entry("tenancy"), entry("user"), entry("fingerprint"), key))
    }

    /// Returns the region as written in the file.
    pub fn region(&self) -> Option<&str> {
        self.get("region")
    }

    fn key(&self) -> Result<Secret, CredentialsError> {
        match (self.get("key_content"), self.get("key_file")) {
            // An entry of an INI file is one line, with line breaks written as \n.
            (Some(text), _) => Ok(Secret::Text(text.replace("\\n", "\n"))),
            (None, Some(path)) => Ok(Secret::File(self.environment.path(path))),
            (None, None) => Err(self.problem("has no key_file")),
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn problem(&self, problem: &str) -> CredentialsError {
        CredentialsError::Setting(format!("profile {} of {} {problem}", self.name, self.file.display()))
    }
}

/// Shows only the names of the entries, because one of the values is a pass phrase.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&String> = self.entries.keys().collect();
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("file", &self.file)
            .field("entries", &keys)
            .finish()
    }
}
