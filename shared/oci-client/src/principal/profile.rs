use super::token_files::{Place, TokenFiles};
use super::{InstancePrincipal, Principal};
use crate::credentials::CredentialsError;
use crate::environment::Environment;
use crate::private_key::PrivateKey;
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

/// Gives its entries to every other profile.
const DEFAULT: &str = "DEFAULT";

/// Variables that stand above the entries of a profile, as for Oracle's command line.
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
    /// Reads the profile that the environment says, of the file it says.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let named = environment.first(&["OCI_CLI_CONFIG_FILE", "OCI_CONFIG_FILE"]);
        let file = match named {
            Some(file) => environment.path(file),
            None => {
                let (file, older) =
                    (environment.path("~/.oci/config"), environment.path("~/.oraclebmc/config"));
                if !file.exists() && older.exists() { older } else { file }
            }
        };
        let name = environment.first(&["OCI_CLI_PROFILE", "OCI_CONFIG_PROFILE"]).unwrap_or(DEFAULT);
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

    /// Reads a profile of a file; `environment` says where the home folder is, which `~` in paths means.
    pub fn read(file: &Path, name: &str, environment: &Environment) -> Result<Self, CredentialsError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| CredentialsError::File { path: file.into(), source })?;
        let text = text.trim_start_matches('\u{feff}'); // as Windows' editors leave it
        // Python's ConfigParser, which defines the format in practice, knows neither quotes nor escapes.
        let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
        let ini = Ini::load_from_str_opt(text, option).map_err(|error| {
            // Not the library's sentence, which may quote the line, and with it a pass phrase.
            CredentialsError::Setting(format!(
                "{} is not an INI file, near line {}",
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

    /// Who signs by this profile: a session where it has a `security_token_file`, else an API key.
    ///
    /// `token_wanted` says which of the two it has to be, if that matters.
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
            let token = Place::File(self.environment.path(token));
            let pass_phrase = pass_phrase.map(|text| Place::Given(text.into()));
            return Ok(Principal::token(TokenFiles::new(token, self.key_place()?, pass_phrase)));
        }
        if token_wanted == Some(true) {
            return Err(self.problem("has no security_token_file"));
        }
        let missing: Vec<&str> =
            ["tenancy", "user", "fingerprint"].into_iter().filter(|key| self.get(key).is_none()).collect();
        if !missing.is_empty() {
            return Err(self.problem(&format!("lacks {}", missing.join(" and "))));
        }
        let key = match self.key_place()? {
            Place::Given(text) => PrivateKey::from_pem(&text, pass_phrase)?,
            Place::File(path) => {
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| CredentialsError::File { path: path.clone(), source })?;
                PrivateKey::from_pem(&text, pass_phrase).map_err(|error| error.of_file(&path))?
            }
        };
        let entry = |key| self.get(key).unwrap_or_default();
        Ok(Principal::api_key(entry("tenancy"), entry("user"), entry("fingerprint"), key))
    }

    /// The region, as written.
    pub fn region(&self) -> Option<&str> {
        self.get("region")
    }

    fn key_place(&self) -> Result<Place, CredentialsError> {
        match (self.get("key_content"), self.get("key_file")) {
            // On one line, as an entry of an INI file has to be, its line breaks are written as \n.
            (Some(text), _) => Ok(Place::Given(text.replace("\\n", "\n"))),
            (None, Some(path)) => Ok(Place::File(self.environment.path(path))),
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

/// Names of entries only: one is a pass phrase.
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
