"""Authentication by SASL, and delegation tokens."""

from broker.settings.setting import (
    HIGH,
    LOW,
    PER_BROKER,
    Boolean,
    Class,
    Declarations,
    Double,
    Int,
    List,
    Long,
    NullableInt,
    NullableString,
    Secret,
    Short,
    String,
)


class SaslSettings(Declarations):
    sasl_enabled_mechanisms = List(["GSSAPI"], update=PER_BROKER, doc="SASL mechanisms that clients may use.")
    sasl_mechanism_inter_broker_protocol = String(
        "GSSAPI", update=PER_BROKER, doc="SASL mechanism between brokers."
    )
    sasl_mechanism_controller_protocol = String(
        "GSSAPI", importance=HIGH, doc="SASL mechanism to controllers."
    )
    sasl_jaas_config = Secret(None, update=PER_BROKER, doc="Login modules and their options, in JAAS's form.")
    sasl_server_callback_handler_class = Class(
        None, doc="Java class that would answer the server's side of SASL."
    )
    sasl_server_max_receive_size = Int(524_288, doc="Largest SASL message before a client is authenticated.")
    sasl_client_callback_handler_class = Class(
        None, doc="Java class that would answer the client's side of SASL."
    )
    sasl_login_callback_handler_class = Class(
        None, doc="Java class that would supply credentials to a login."
    )
    sasl_login_class = Class(None, doc="Java class that would log in.")
    sasl_login_connect_timeout_ms = NullableInt(
        None, importance=LOW, doc="Wait for a connection to the provider of tokens."
    )
    sasl_login_read_timeout_ms = NullableInt(
        None, importance=LOW, doc="Wait for an answer of the provider of tokens."
    )
    sasl_login_refresh_buffer_seconds = Short(
        300, update=PER_BROKER, doc="Least time that must be left of a token when it is renewed."
    )
    sasl_login_refresh_min_period_seconds = Short(
        60, update=PER_BROKER, doc="Least time between two renewals of a token."
    )
    sasl_login_refresh_window_factor = Double(
        0.8, update=PER_BROKER, doc="Share of a token's life after which it is renewed."
    )
    sasl_login_refresh_window_jitter = Double(0.05, update=PER_BROKER, doc="Random share added to that.")
    sasl_login_retry_backoff_ms = Long(100, importance=LOW, doc="First pause before a login is tried again.")
    sasl_login_retry_backoff_max_ms = Long(10_000, importance=LOW, doc="Longest such pause.")
    sasl_kerberos_service_name = NullableString(None, update=PER_BROKER, doc="Kerberos name of the service.")
    sasl_kerberos_kinit_cmd = String("/usr/bin/kinit", update=PER_BROKER, doc="The kinit command.")
    sasl_kerberos_min_time_before_relogin = Long(
        60_000, update=PER_BROKER, doc="Least time between two Kerberos logins."
    )
    sasl_kerberos_principal_to_local_rules = List(
        ["DEFAULT"], update=PER_BROKER, doc="How Kerberos names become user names."
    )
    sasl_kerberos_ticket_renew_jitter = Double(
        0.05, update=PER_BROKER, doc="Random share added to the time of renewal."
    )
    sasl_kerberos_ticket_renew_window_factor = Double(
        0.8, update=PER_BROKER, doc="Share of a ticket's life after which it is renewed."
    )
    sasl_oauthbearer_jwks_endpoint_url = NullableString(
        None, doc="Where the keys that verify tokens are found."
    )
    sasl_oauthbearer_jwks_endpoint_refresh_ms = Long(
        3_600_000, importance=LOW, doc="How often those keys are read again."
    )
    sasl_oauthbearer_jwks_endpoint_retry_backoff_ms = Long(
        100, importance=LOW, doc="First pause before the keys are tried again."
    )
    sasl_oauthbearer_jwks_endpoint_retry_backoff_max_ms = Long(
        10_000, importance=LOW, doc="Longest such pause."
    )
    sasl_oauthbearer_token_endpoint_url = NullableString(None, doc="Where tokens are issued.")
    sasl_oauthbearer_expected_audience = List(
        [], importance=HIGH, doc="Audiences of which a token must name one."
    )
    sasl_oauthbearer_expected_issuer = NullableString(
        None, importance=HIGH, doc="Issuer that a token must name."
    )
    sasl_oauthbearer_clock_skew_seconds = Int(
        30, importance=LOW, doc="Difference of clocks that is forgiven."
    )
    sasl_oauthbearer_scope = NullableString(None, doc="Scope to ask a token for.")
    sasl_oauthbearer_scope_claim_name = String("scope", importance=LOW, doc="The claim that holds the scope.")
    sasl_oauthbearer_sub_claim_name = String(
        "sub", importance=LOW, doc="The claim that holds the user's name."
    )
    sasl_oauthbearer_jwt_retriever_class = Class(
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
        doc="Java class that would fetch tokens.",
    )
    sasl_oauthbearer_jwt_validator_class = Class(
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
        doc="Java class that would judge tokens.",
    )
    sasl_oauthbearer_client_credentials_client_id = NullableString(
        None, doc="Name under which to ask for tokens."
    )
    sasl_oauthbearer_client_credentials_client_secret = Secret(
        None, doc="Secret with which to ask for tokens."
    )
    sasl_oauthbearer_assertion_algorithm = String(
        "RS256", "(case insensitive) [ES256, RS256]", doc="How an assertion is signed."
    )
    sasl_oauthbearer_assertion_claim_aud = NullableString(None, doc="Audience that an assertion names.")
    sasl_oauthbearer_assertion_claim_exp_seconds = Int(
        300, "[0,...,86400]", importance=LOW, doc="How long an assertion is valid."
    )
    sasl_oauthbearer_assertion_claim_iss = NullableString(None, doc="Issuer that an assertion names.")
    sasl_oauthbearer_assertion_claim_jti_include = Boolean(
        False, doc="Whether an assertion has an id of its own."
    )
    sasl_oauthbearer_assertion_claim_nbf_seconds = Int(
        60, "[0,...,3600]", importance=LOW, doc="How far back an assertion's validity begins."
    )
    sasl_oauthbearer_assertion_claim_sub = NullableString(None, doc="Subject that an assertion names.")
    sasl_oauthbearer_assertion_file = NullableString(None, doc="A ready assertion.")
    sasl_oauthbearer_assertion_private_key_file = NullableString(None, doc="Key that signs assertions.")
    sasl_oauthbearer_assertion_private_key_passphrase = Secret(None, doc="Passphrase of that key.")
    sasl_oauthbearer_assertion_template_file = NullableString(None, doc="Template of assertions.")
    connections_max_reauth_ms = Long(0, doc="A client must authenticate again after this time; 0: never.")
    connection_failed_authentication_delay_ms = Int(
        100, "[0,...]", importance=LOW, doc="Pause before a connection that failed to authenticate is closed."
    )
    delegation_token_secret_key = Secret(
        None, doc="Secret behind delegation tokens; without it there are none."
    )
    delegation_token_max_lifetime_ms = Long(604_800_000, "[1,...]", doc="Longest life of a delegation token.")
    delegation_token_expiry_time_ms = Long(
        86_400_000, "[1,...]", doc="Life of a delegation token until it must be renewed."
    )
    delegation_token_expiry_check_interval_ms = Long(
        3_600_000, "[1,...]", importance=LOW, doc="How often to look for expired delegation tokens."
    )
