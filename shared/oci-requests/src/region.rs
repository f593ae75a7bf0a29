use cloud_transport::{ConfigError, Environment};
use serde::Deserialize;

/// A region and the domain of its realm, which together form the host names of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    identifier: String,
    realm: String,
    domain: String,
}

/// A region as described by the environment (`OCI_REGION_METADATA`) or by a file, in the format of Oracle's clients.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    realm_key: String,
    realm_domain_component: String,
    region_key: String,
    region_identifier: String,
}

impl Region {
    /// Finds a region by its identifier (`eu-frankfurt-1`) or its short code (`fra`), in any case.
    ///
    /// It searches `OCI_REGION_METADATA` (which functions have, even in regions newer than this program), then the built-in table, then
    /// `~/.oci/regions-config.json`. Like Oracle's clients, it assumes that an unknown identifier is in the realm `OCI_DEFAULT_REALM`, or
    /// in Oracle's commercial realm. Any other word is an error.
    pub fn find(name: &str, environment: &Environment) -> Result<Self, ConfigError> {
        Self::look_up(name, environment).map_err(ConfigError::new)
    }

    fn look_up(name: &str, environment: &Environment) -> Result<Self, String> {
        let name = name.trim().to_ascii_lowercase();
        let described = match environment.get("OCI_REGION_METADATA") {
            Some(text) => {
                let region: Metadata = serde_json::from_str(text)
                    .map_err(|error| format!("OCI_REGION_METADATA does not describe a region: {error}"))?;
                Some(region)
            }
            None => None,
        };
        if let Some(region) = described.and_then(|region| region.named(&name)) {
            return Ok(region);
        }
        if let Some(region) = Self::built_in(&name) {
            return Ok(region);
        }
        if let Some(region) = from_file(&name, environment)? {
            return Ok(region);
        }
        if !is_identifier(&name) {
            return Err(format!(
                "'{name}' is not a region: regions have names such as eu-frankfurt-1 or fra"
            ));
        }
        let (realm, domain) = match environment.get("OCI_DEFAULT_REALM") {
            None => ("oc1", "oraclecloud.com".to_owned()),
            // A value with a dot is a domain; any other is the key of a realm.
            Some(domain) if domain.contains('.') => ("", domain.to_owned()),
            Some(realm) => match REALMS.iter().find(|(key, _, _)| *key == realm.to_ascii_lowercase()) {
                Some((key, domain, _)) => (*key, (*domain).to_owned()),
                None => return Err(format!("OCI_DEFAULT_REALM is '{realm}', which is not a realm")),
            },
        };
        Ok(Region { identifier: name, realm: realm.into(), domain })
    }

    fn built_in(name: &str) -> Option<Self> {
        REALMS.iter().find_map(|(realm, domain, regions)| {
            let mut pairs = regions.split_ascii_whitespace().filter_map(|pair| pair.split_once('='));
            let (_, identifier) = pairs.find(|(short, identifier)| *short == name || *identifier == name)?;
            Some(Region { identifier: identifier.into(), realm: (*realm).into(), domain: (*domain).into() })
        })
    }

    /// Returns the identifier, such as `eu-frankfurt-1`.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Returns the key of the realm, such as `oc1`.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Returns the second-level domain of the realm, such as `oraclecloud.com`.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.identifier)
    }
}

impl Metadata {
    fn named(self, name: &str) -> Option<Region> {
        let identifier = self.region_identifier.to_ascii_lowercase();
        let matches = identifier == name || self.region_key.eq_ignore_ascii_case(name);
        matches.then_some(Region { identifier, realm: self.realm_key, domain: self.realm_domain_component })
    }
}

fn from_file(name: &str, environment: &Environment) -> Result<Option<Region>, String> {
    let path = environment.path("~/.oci/regions-config.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => return Ok(None), // Hardly anybody has this file.
    };
    let regions: Vec<Metadata> = serde_json::from_str(&text)
        .map_err(|error| format!("{} does not describe regions: {error}", path.display()))?;
    Ok(regions.into_iter().find_map(|region| region.named(name)))
}

/// Returns whether a name has three or more hyphenated parts of letters and digits, of which the last is a number.
fn is_identifier(name: &str) -> bool {
    let mut parts = name.rsplit('-');
    let number =
        parts.next().is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    number && words.len() >= 2 && words.iter().all(word)
}

/// Realms, each with its domain and its regions by short code: the 85 regions of Oracle's Python SDK 2.189.0 (`regions_definitions.py`).
const REALMS: &[(&str, &str, &str)] = &[
    (
        "oc1",
        "oraclecloud.com",
        "yny=ap-chuncheon-1 hyd=ap-hyderabad-1 mel=ap-melbourne-1 bom=ap-mumbai-1 kix=ap-osaka-1 \
         icn=ap-seoul-1 syd=ap-sydney-1 nrt=ap-tokyo-1 yul=ca-montreal-1 yyz=ca-toronto-1 \
         ams=eu-amsterdam-1 fra=eu-frankfurt-1 zrh=eu-zurich-1 jed=me-jeddah-1 dxb=me-dubai-1 \
         gru=sa-saopaulo-1 cwl=uk-cardiff-1 lhr=uk-london-1 iad=us-ashburn-1 phx=us-phoenix-1 \
         sjc=us-sanjose-1 vcp=sa-vinhedo-1 scl=sa-santiago-1 mtz=il-jerusalem-1 mrs=eu-marseille-1 \
         sin=ap-singapore-1 auh=me-abudhabi-1 lin=eu-milan-1 arn=eu-stockholm-1 jnb=af-johannesburg-1 \
         cdg=eu-paris-1 qro=mx-queretaro-1 mad=eu-madrid-1 ord=us-chicago-1 mty=mx-monterrey-1 \
         aga=us-saltlake-2 bog=sa-bogota-1 vap=sa-valparaiso-1 xsp=ap-singapore-2 ruh=me-riyadh-1 \
         onm=ap-delhi-1 hsg=ap-batam-1 orf=eu-madrid-3 nrq=eu-turin-1 jbp=ap-kulai-2 \
         lej=af-casablanca-1",
    ),
    ("oc2", "oraclegovcloud.com", "lfi=us-langley-1 luf=us-luke-1"),
    ("oc3", "oraclegovcloud.com", "ric=us-gov-ashburn-1 pia=us-gov-chicago-1 tus=us-gov-phoenix-1"),
    ("oc4", "oraclegovcloud.uk", "ltn=uk-gov-london-1 brs=uk-gov-cardiff-1"),
    ("oc8", "oraclecloud8.com", "nja=ap-chiyoda-1 ukb=ap-ibaraki-1"),
    ("oc9", "oraclecloud9.com", "mct=me-dcc-muscat-1 ibr=me-ibri-1"),
    ("oc10", "oraclecloud10.com", "wga=ap-dcc-canberra-1"),
    (
        "oc14",
        "oraclecloud14.com",
        "bgy=eu-dcc-milan-1 mxp=eu-dcc-milan-2 snn=eu-dcc-dublin-2 dtm=eu-dcc-rating-2 \
         dus=eu-dcc-rating-1 ork=eu-dcc-dublin-1",
    ),
    ("oc15", "oraclecloud15.com", "dac=ap-dcc-gazipur-1"),
    ("oc19", "oraclecloud.eu", "vll=eu-madrid-2 str=eu-frankfurt-2"),
    ("oc20", "oraclecloud20.com", "beg=eu-jovanovac-1"),
    ("oc21", "oraclecloud21.com", "doh=me-dcc-doha-1 vve=me-alrayyan-1"),
    ("oc23", "oraclecloud23.com", "ebb=us-somerset-1 ebl=us-thames-1"),
    ("oc24", "oraclecloud24.com", "avz=eu-dcc-zurich-1 avf=eu-crissier-1"),
    ("oc26", "oraclecloud26.com", "ahu=me-abudhabi-3 rba=me-alain-1"),
    ("oc29", "oraclecloud29.com", "rkt=me-abudhabi-2 shj=me-abudhabi-4"),
    ("oc35", "oraclecloud35.com", "dtz=ap-seoul-2 dln=ap-suwon-1 bno=ap-chuncheon-2"),
    ("oc42", "oraclecloud42.com", "yxj=us-ashburn-2 pgc=us-newark-1"),
    ("oc51", "oraclecloud51.com", "jsk=eu-budapest-1"),
    ("oc52", "oraclecloud52.com", "hnw=sa-riodejaneiro-1"),
];

#[cfg(test)]
#[path = "region_tests.rs"]
mod tests;
