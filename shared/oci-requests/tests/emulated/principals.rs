use emulator::{Emulator, Fault, Options, Rule};
use oci_requests::{Cause, Client, CredentialsError, Endpoint, Environment, Principal, Profile, Request};
use std::path::Path;

async fn cloud() -> Emulator {
    Emulator::start(Options::default()).await.unwrap()
}

fn namespace(cloud: &Emulator) -> Request {
    let endpoint: Endpoint = cloud.url().parse().unwrap();
    Request::new("GetNamespace", http::Method::GET, &endpoint, "/n".into())
}

fn client(variables: &[(&str, &str)]) -> Client {
    let (principal, _) = Principal::from_environment(&variables.iter().copied().collect()).unwrap();
    Client::builder(principal).build().unwrap()
}

fn config_of(cloud: &Emulator) -> String {
    cloud.folder().join("config").to_str().unwrap().to_owned()
}

fn problem(variables: &[(&str, &str)]) -> String {
    let error = Principal::from_environment(&variables.iter().copied().collect()).unwrap_err();
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn every_kind_of_profile_signs() {
    let cloud = cloud().await;
    let config = config_of(&cloud);
    for profile in ["DEFAULT", "PKCS1", "ENCRYPTED", "SESSION"] {
        let client = client(&[("OCI_CLI_CONFIG_FILE", &config), ("OCI_CLI_PROFILE", profile)]);
        let answer =
            client.send(&namespace(&cloud)).await.unwrap_or_else(|error| panic!("{profile}: {error}"));
        assert_eq!(answer.body, r#""bronzeworks""#);
    }
}

#[tokio::test]
async fn keys_in_the_encryption_of_openssl_before_version_3_are_read() {
    let key = include_str!("../fixtures/aes128.pem");
    for (pem, pass_phrase) in [
        (key, "correct horse"),
        (include_str!("../fixtures/aes256.pem"), "correct horse"),
        (include_str!("../fixtures/des3.pem"), "correct horse"),
    ] {
        oci_requests::PrivateKey::from_pem(pem, Some(pass_phrase)).unwrap();
        let wrong = oci_requests::PrivateKey::from_pem(pem, Some("wrong")).unwrap_err().to_string();
        assert!(wrong.contains("pass phrase is wrong"), "{wrong}");
        let none = oci_requests::PrivateKey::from_pem(pem, None).unwrap_err().to_string();
        assert!(none.contains("no pass phrase"), "{none}");
    }
}

#[tokio::test]
async fn a_resource_principal_is_given_as_files_or_as_text() {
    let cloud = cloud().await;
    let folder = cloud.folder().join("resource-principal");
    let text = |name| std::fs::read_to_string(folder.join(name)).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for (token, key) in [(path("rpst"), path("private.pem")), (text("rpst"), text("private.pem"))] {
        let client = client(&[
            ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
            ("OCI_RESOURCE_PRINCIPAL_RPST", &token),
            ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", &key),
        ]);
        client.send(&namespace(&cloud)).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_and_a_key_that_do_not_belong_together_are_not_used() {
    let cloud = cloud().await;
    let (folder, mixed) = (cloud.folder().join("resource-principal"), tempfile::tempdir().unwrap());
    let path = |name: &str| mixed.path().join(name);
    std::fs::copy(folder.join("rpst"), path("rpst")).unwrap();
    cloud.rotate_resource_principal(std::time::Duration::from_secs(600)).unwrap();
    std::fs::copy(folder.join("private.pem"), path("private.pem")).unwrap();
    let client = client(&[
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
        ("OCI_RESOURCE_PRINCIPAL_RPST", path("rpst").to_str().unwrap()),
        ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", path("private.pem").to_str().unwrap()),
    ]);
    let error = client.send(&namespace(&cloud)).await.unwrap_err();
    assert!(
        matches!(&error.cause, Cause::Credentials(CredentialsError::Token(problem)) if problem.contains("a different key")),
        "{error:?}"
    );
    assert!(cloud.requests().is_empty());
    // The other half arrives while the pair is being read, and reading waits for it.
    let (late, token) = (path("rpst"), folder.join("rpst"));
    let arrive = async {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        std::fs::copy(token, late).unwrap();
    };
    let request = namespace(&cloud);
    let (answer, ()) = tokio::join!(client.send(&request), arrive);
    answer.unwrap();
}

#[tokio::test]
async fn a_token_that_is_being_written_is_awaited() {
    let cloud = cloud().await;
    let (folder, written) = (cloud.folder().join("resource-principal"), tempfile::tempdir().unwrap());
    let (token, late) = (folder.join("rpst"), written.path().join("rpst"));
    std::fs::write(&late, "").unwrap();
    let client = client(&[
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
        ("OCI_RESOURCE_PRINCIPAL_RPST", late.to_str().unwrap()),
        ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", folder.join("private.pem").to_str().unwrap()),
    ]);
    let arrive = async {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        std::fs::remove_file(&late).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        std::fs::copy(token, &late).unwrap();
    };
    let request = namespace(&cloud);
    let (answer, ()) = tokio::join!(client.send(&request), arrive);
    answer.unwrap();
}

#[tokio::test]
async fn requests_in_flight_are_all_signed_again_when_the_clock_proves_wrong() {
    let cloud = cloud().await;
    let config = config_of(&cloud);
    for seconds in [3600, -3600] {
        cloud.faults().set(vec![Rule::new("*", Fault::ClockSkew { seconds })]);
        let client = client(&[("OCI_CLI_CONFIG_FILE", &config)]);
        let request = namespace(&cloud);
        let answers = futures::future::join_all((0..30).map(|_| client.send(&request))).await;
        for answer in answers {
            answer.unwrap();
        }
    }
}

#[tokio::test]
async fn an_instance_gets_one_token_for_all_requests_and_another_when_it_is_refused() {
    let cloud = cloud().await;
    let client = client(&[
        ("OCI_CLI_AUTH", "instance_principal"),
        ("OCI_METADATA_BASE_URL", &format!("{}/opc/v2", cloud.url())),
        ("OCI_SDK_AUTH_CLIENT_REGION_URL", cloud.url()),
    ]);
    assert!(cloud.requests().is_empty(), "nothing is sent before the first request");
    assert_eq!(client.region().await.unwrap().unwrap().identifier(), "eu-frankfurt-1");
    let exchanges = || cloud.requests().iter().filter(|request| request.target == "/v1/x509").count();
    let request = namespace(&cloud);
    let answers = futures::future::join_all((0..20).map(|_| client.send(&request))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(exchanges(), 1);
    cloud.faults().set(vec![Rule::new("GetNamespace", Fault::ExpiredToken).first(1)]);
    assert_eq!(client.send(&request).await.unwrap().attempts, 2);
    assert_eq!(exchanges(), 2);
}

#[tokio::test]
async fn an_instance_retries_its_services_and_then_reports_the_error() {
    let cloud = cloud().await;
    let client = || {
        client(&[
            ("OCI_CLI_AUTH", "instance_principal"),
            ("OCI_METADATA_BASE_URL", &format!("{}/opc/v2", cloud.url())),
            ("OCI_SDK_AUTH_CLIENT_REGION_URL", cloud.url()),
        ])
    };
    cloud.faults().set(vec![Rule::new("*", Fault::InternalError).nth([1, 3, 6])]);
    client().send(&namespace(&cloud)).await.unwrap();
    cloud.faults().set(vec![Rule::new("*", Fault::InternalError)]);
    let error = client().send(&namespace(&cloud)).await.unwrap_err();
    let Cause::Credentials(CredentialsError::Federation { source, .. }) = &error.cause else {
        panic!("{error:?}")
    };
    let source = source.downcast_ref::<oci_requests::Error>().unwrap();
    assert_eq!((source.attempts, source.status().unwrap().as_u16()), (4, 500));
    assert!(error.is_retryable());
}

#[test]
fn invalid_settings_say_what_is_wrong() {
    let home = tempfile::tempdir().unwrap();
    let file = |text: &str| {
        let path = home.path().join("config");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let home_text = home.path().to_str().unwrap();
    let none = problem(&[("HOME", home_text)]);
    assert!(none.contains(&format!("cannot read {home_text}/.oci/config")), "{none}");
    let config = file("[DEFAULT]\nuser=u\n[ADMIN]\ntenancy=t\n");
    let at = |variables: &[(&str, &str)]| {
        let mut all = vec![("OCI_CLI_CONFIG_FILE", config.as_str())];
        all.extend(variables);
        problem(&all)
    };
    assert!(at(&[("OCI_CLI_PROFILE", "NOBODY")]).contains("no profile NOBODY; it has: DEFAULT, ADMIN"));
    assert!(at(&[]).contains("lacks tenancy and fingerprint"), "{}", at(&[]));
    assert!(at(&[("OCI_CLI_PROFILE", "ADMIN")]).contains("profile ADMIN of"), "what DEFAULT has counts");
    assert!(at(&[("OCI_CLI_PROFILE", "ADMIN"), ("OCI_CLI_FINGERPRINT", "f")]).contains("has no key_file"));
    assert!(at(&[("OCI_CLI_AUTH", "security_token")]).contains("no security_token_file"));
    assert!(at(&[("OCI_CLI_AUTH", "magic")]).contains("'magic'"));
    assert!(at(&[("OCI_RESOURCE_PRINCIPAL_VERSION", "3.0")]).contains("only 2.2"));
    assert!(
        at(&[("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2")]).contains("OCI_RESOURCE_PRINCIPAL_RPST is not set")
    );
    let key = home.path().join("no-key.pem");
    std::fs::write(&key, "not a key").unwrap();
    let variables = [
        ("OCI_CLI_PROFILE", "ADMIN"),
        ("OCI_CLI_FINGERPRINT", "f"),
        ("OCI_CLI_KEY_FILE", key.to_str().unwrap()),
    ];
    assert!(at(&variables).contains("no-key.pem: it"), "{}", at(&variables));
    let secret = file("[DEFAULT]\npass_phrase=secret\n[broken\n");
    let broken = problem(&[("OCI_CLI_CONFIG_FILE", &secret)]);
    assert!(broken.contains("see line") && !broken.contains("secret"), "{broken}");
}

#[tokio::test]
async fn no_debug_output_shows_a_secret() {
    let cloud = cloud().await;
    let config = config_of(&cloud);
    let environment: Environment =
        [("OCI_CLI_CONFIG_FILE", config.as_str()), ("SECRET", "hush"), ("OCI_CLI_PASSPHRASE", "hush")]
            .into_iter()
            .collect();
    let profile = Profile::read(Path::new(&config), "ENCRYPTED", &environment).unwrap();
    let rpst = std::fs::read_to_string(cloud.folder().join("resource-principal/rpst")).unwrap();
    let given = client(&[
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
        ("OCI_RESOURCE_PRINCIPAL_RPST", rpst.trim()),
        (
            "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM",
            &std::fs::read_to_string(cloud.folder().join("resource-principal/private.pem")).unwrap(),
        ),
    ]);
    given.send(&namespace(&cloud)).await.unwrap();
    let shown = format!("{environment:?} {profile:?} {given:?} {:?}", profile.principal(None).unwrap());
    let pass_phrase = std::fs::read_to_string(&config).unwrap();
    let pass_phrase =
        pass_phrase.lines().find_map(|line| line.strip_prefix("pass_phrase=")).unwrap().trim().to_owned();
    for secret in ["hush", rpst.trim(), "PRIVATE KEY", &pass_phrase] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
