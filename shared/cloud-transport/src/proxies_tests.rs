use super::*;

fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, ConfigError> {
    Proxies::from_environment(&variables.iter().copied().collect())
}

fn proxy_of(variables: &[(&str, &str)], url: &str) -> Option<String> {
    let proxies = proxies(variables).unwrap();
    proxies.of(&url.parse().unwrap()).map(|proxy| proxy.uri.to_string())
}

#[test]
fn each_scheme_has_its_own_proxy_and_lower_case_takes_precedence() {
    let both = [("HTTPS_PROXY", "http://secure:3128"), ("http_proxy", "plain:8080"), ("HTTP_PROXY", "other")];
    assert_eq!(proxy_of(&both, "https://example.com/").unwrap(), "http://secure:3128/");
    assert_eq!(proxy_of(&both, "http://example.com/").unwrap(), "http://plain:8080/");
    assert_eq!(proxy_of(&[("HTTP_PROXY", "plain")], "https://example.com/"), None);
    assert_eq!(proxy_of(&[("HTTP_PROXY", "plain")], "http://example.com/").unwrap(), "http://plain:80/");
    assert_eq!(proxy_of(&[("https_proxy", "")], "https://example.com/"), None);
}

#[test]
fn this_machine_and_its_link_are_never_reached_through_a_proxy() {
    let all = [("https_proxy", "proxy"), ("http_proxy", "proxy")];
    for host in [
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "127.0.0.1",
        "127.1.2.3:1",
        "[::1]",
        "169.254.169.254",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
    ] {
        assert_eq!(proxy_of(&all, &format!("http://{host}/opc/v2/")), None, "{host}");
    }
    for host in ["10.0.0.1", "localhost.example.com", "notlocalhost", "[2001:db8::1]"] {
        assert!(proxy_of(&all, &format!("http://{host}/")).is_some(), "{host}");
    }
}

#[test]
fn no_proxy_lists_hosts_domains_addresses_networks_and_ports() {
    let direct = |list: &str, url: &str| {
        let variables = [("https_proxy", "proxy"), ("http_proxy", "proxy"), ("NO_PROXY", list)];
        proxy_of(&variables, url).is_none()
    };
    for (list, url) in [
        ("example.com", "https://example.com/"),
        ("example.com", "https://deep.sub.Example.COM/"),
        ("example.com.", "https://example.com/"),
        (".example.com", "https://sub.example.com/"),
        ("*.example.com", "https://sub.example.com/"),
        ("other, example.com ,", "https://example.com/"),
        ("example.com:8443", "https://example.com:8443/"),
        ("example.com:443", "https://example.com/"),
        ("example.com:80", "http://example.com/"),
        ("10.1.2.3", "https://10.1.2.3/"),
        ("10.1.2.3:80", "http://10.1.2.3/"),
        ("10.0.0.0/8", "https://10.200.0.1/"),
        ("0.0.0.0/0", "https://203.0.113.9/"),
        ("2001:db8::/32", "https://[2001:db8:1::1]/"),
        ("2001:db8::1", "https://[2001:db8::1]:8443/"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/"),
        ("*", "https://example.com/"),
    ] {
        assert!(direct(list, url), "{list}: {url}");
    }
    for (list, url) in [
        ("example.com", "https://notexample.com/"),
        ("example.com", "https://example.com.evil.test/"),
        (".example.com", "https://example.com/"),
        ("example.com:8443", "https://example.com/"),
        ("10.0.0.0/8", "https://11.0.0.1/"),
        ("10.0.0.0/33", "https://10.0.0.1/"),
        ("10.0.0.0/8", "https://10.example.com/"),
        ("::/0", "https://10.0.0.1/"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]/"),
        ("example.com:none", "https://example.com/"),
        (" , ", "https://example.com/"),
    ] {
        assert!(!direct(list, url), "{list}: {url}");
    }
}

#[test]
fn credentials_are_decoded_and_never_shown() {
    let variables = [("https_proxy", "http://us%40er:hush%3A@proxy:3128/")];
    let proxies = proxies(&variables).unwrap();
    let proxy = proxies.of(&"https://example.com/".parse().unwrap()).unwrap();
    assert_eq!(proxy.uri, "http://proxy:3128/");
    let sent = proxy.authorization.as_ref().unwrap().to_str().unwrap();
    assert_eq!(STANDARD.decode(sent.strip_prefix("Basic ").unwrap()).unwrap(), b"us@er:hush:");
    let shown = format!("{proxies:?}");
    assert!(!shown.contains("hush") && !shown.contains("Basic"), "{shown}");
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_that_names_the_variable_and_no_secret() {
    for (value, problem) in [
        ("socks5://user:secret@proxy", "scheme socks5; only http"),
        ("https://user:secret@proxy", "scheme https; only http"),
        ("user:secret@", "without a valid host"),
        ("http://user:secret@proxy:port", "valid"),
        ("http://user:secret@proxy/path", "valid"),
        ("http://", "without a valid host"),
    ] {
        let error = proxies(&[("HTTPS_PROXY", value)]).unwrap_err().to_string();
        assert!(error.starts_with("HTTPS_PROXY "), "{error}");
        assert!(error.contains(problem) && !error.contains("secret"), "{value}: {error}");
    }
}
