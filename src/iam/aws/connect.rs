//! The clients: from options, environment and AWS config files to IAM and STS.
//!
//! In: [`AwsOptions`]. Out: an [`AwsAccount`] that has called nothing yet. Order: region,
//! credentials, the role to assume. `AWS_ENDPOINT_URL` is honoured by both clients and by
//! the assuming of `assume_role`; a profile that assumes roles by itself reaches STS at
//! `AWS_ENDPOINT_URL_STS` or at AWS, because the SDK builds that client from the profile.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::Semaphore;

use super::fault::{self, Surroundings};
use super::genuine::Genuine;
use super::retry::AnotherWriter;
use super::{AwsAccount, AwsOptions, answer};
use crate::iam::{Fault, IamError, IamResult, MOST_IN_FLIGHT};
use crate::model::{Arn, Identity, RoleName};

/// Signs requests where no region is given: IAM is one for the whole partition.
const FALLBACK_REGION: &str = "us-east-1";
const SESSION: &str = "tcperm";

/// Prepares the clients.
pub(super) async fn connect(options: &AwsOptions) -> IamResult<AwsAccount> {
    let role = options.assume_role.as_deref().map(NamedRole::parse).transpose()?;
    let region = region(options).await;
    let signing = region
        .clone()
        .unwrap_or_else(|| Region::from_static(FALLBACK_REGION));
    let config = base(options, &signing).await;
    let mut surroundings = Surroundings {
        profile: options.profile.clone(),
        endpoint: config.endpoint_url().map(str::to_owned),
        region: signing.to_string(),
        assumed: None,
    };
    let config = match role {
        None => config,
        Some(role) => {
            let arn = role.arn(&config, &surroundings).await?;
            surroundings.assumed = Some(arn.clone());
            assume(config, arn).await
        }
    };
    Ok(AwsAccount {
        iam: aws_sdk_iam::Client::from_conf(
            aws_sdk_iam::config::Builder::from(&config)
                .retry_classifier(AnotherWriter)
                .interceptor(Genuine)
                .build(),
        ),
        sts: sts(&config),
        region: region.map(|region| region.to_string()),
        surroundings,
        calls: AtomicU64::new(0),
        in_flight: Semaphore::new(MOST_IN_FLIGHT),
    })
}

/// A role as the user names it.
#[derive(Debug, PartialEq, Eq)]
enum NamedRole {
    Arn(Arn),
    /// A name, after its path.
    InOwnAccount(String),
}

impl NamedRole {
    fn parse(text: &str) -> IamResult<Self> {
        let refuse = || {
            let detail = format!(
                "`{}` is neither the ARN nor the name of a role",
                text.escape_debug()
            );
            IamError::new("AssumeRole", None, Fault::InvalidRole, detail)
        };
        if !text.starts_with("arn:") {
            let mut parts = text.strip_prefix('/').unwrap_or(text).split('/');
            let named = parts.all(|part| RoleName::parse(part).is_ok());
            let name = text.trim_start_matches('/').to_owned();
            return named.then_some(Self::InOwnAccount(name)).ok_or_else(refuse);
        }
        let arn = Arn::parse(text).map_err(|_| refuse())?;
        let is_role = arn.as_str().split(':').nth(2) == Some("iam")
            && arn.account().is_some()
            && arn.resource().starts_with("role/");
        is_role.then_some(Self::Arn(arn)).ok_or_else(refuse)
    }

    async fn arn(self, config: &SdkConfig, surroundings: &Surroundings) -> IamResult<String> {
        match self {
            Self::Arn(arn) => Ok(arn.as_str().to_owned()),
            Self::InOwnAccount(name) => {
                let own = caller(config, surroundings).await?;
                Ok(format!("arn:{}:iam::{}:role/{name}", own.partition, own.account))
            }
        }
    }
}

async fn caller(config: &SdkConfig, surroundings: &Surroundings) -> IamResult<Identity> {
    let call = "GetCallerIdentity";
    let caller = sts(config)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| fault::of(call, None, &error, surroundings))?;
    answer::identity(caller.arn(), caller.account())
        .map_err(|detail| IamError::new(call, None, Fault::Other, detail))
}

/// The region of the options, the environment or the profile. The instance's metadata are
/// not asked: elsewhere than on an instance that takes seconds to fail.
async fn region(options: &AwsOptions) -> Option<Region> {
    if let Some(region) = &options.region {
        return Some(Region::new(region.as_str().to_owned()));
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .region()
        .await
}

async fn base(options: &AwsOptions, signing: &Region) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(signing.clone())
        .retry_config(patient_attempts())
        .timeout_config(timeouts());
    if let Ok(name) = AppName::new(SESSION) {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader
            .profile_name(profile)
            .credentials_provider(only(profile, signing));
    }
    loader.load().await
}

/// The credentials of a profile, and of nothing else.
fn only(profile: &str, signing: &Region) -> ProfileFileCredentialsProvider {
    let config = ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::latest()))
        .with_region(Some(signing.clone()))
        .with_retry_config(few_attempts())
        .with_timeout_config(timeouts());
    ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_name(profile)
        .build()
}

async fn assume(config: SdkConfig, arn: String) -> SdkConfig {
    let patient = config.retry_config().cloned();
    let hasty = config.clone().into_builder().retry_config(few_attempts()).build();
    let provider = AssumeRoleProvider::builder(arn)
        .session_name(SESSION)
        .configure(&hasty)
        .build()
        .await;
    let mut builder = config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider));
    builder.set_retry_config(patient);
    builder.build()
}

fn sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    let config = aws_sdk_sts::config::Builder::from(config).retry_config(few_attempts());
    aws_sdk_sts::Client::from_conf(config.interceptor(Genuine).build())
}

/// IAM's rates are not published: the SDK learns them while it waits.
fn patient_attempts() -> RetryConfig {
    RetryConfig::adaptive()
        .with_max_attempts(8)
        .with_max_backoff(Duration::from_secs(10))
}

/// STS is asked first: a wrong endpoint or a network that is down shows soon.
fn few_attempts() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_to_assume_is_an_arn_or_a_name_with_its_path() {
        let arn = "arn:aws-us-gov:iam::012345678901:role/team/deploy";
        assert_eq!(
            NamedRole::parse(arn).unwrap(),
            NamedRole::Arn(Arn::parse(arn).unwrap())
        );
        for name in ["deploy", "team/deploy", "/team/deploy"] {
            let path = name.trim_start_matches('/').to_owned();
            assert_eq!(NamedRole::parse(name).unwrap(), NamedRole::InOwnAccount(path));
        }
    }

    #[test]
    fn anything_else_is_refused_before_a_call() {
        let refused = [
            "",
            "/",
            "a b",
            "team//deploy",
            "team/",
            "arn:aws:iam::012345678901:user/u",
            "arn:aws:s3:::role/x",
            "arn:aws:iam::12:role/x",
            "arn:aws",
        ];
        for text in refused {
            let error = NamedRole::parse(text).unwrap_err();
            assert_eq!(error.fault, Fault::InvalidRole, "{text}");
        }
    }
}
