"""ikevet: tells, with evidence, whether an IKEv2 implementation does what RFC 7296 and its extensions ask.

Messages::

    >>> import ikevet
    >>> m = ikevet.Message(exchange=ikevet.ExchangeType.INFORMATIONAL, spi_i=1, spi_r=2, message_id=5)
    >>> ikevet.Message.parse(bytes(m)) == m
    True

Scenarios, against the built-in peer or a device of your own::

    run = ikevet.run(["rfc7296/2.5"], target="embedded", out="out/mine", seed=7)
    for verdict in run.scenarios:
        print(verdict.scenario, verdict.status)
"""

from ._core import (
    Attribute,
    AttributeType,
    Authentication,
    AuthMethod,
    CertEncoding,
    Certificate,
    CertificateRequest,
    CfgAttribute,
    CfgType,
    Configuration,
    ConfigurationAttribute,
    Delete,
    DhGroup,
    Eap,
    EapCode,
    EapType,
    EncrId,
    Encrypted,
    EncryptedFragment,
    EsnId,
    Evidence,
    ExchangeType,
    FormatError,
    IDi,
    IDr,
    IdType,
    IkevetError,
    IntegId,
    KeyExchange,
    Malformed,
    Message,
    Nonce,
    Notify,
    NotifyType,
    Payload,
    PayloadType,
    PrfId,
    Problem,
    Proposal,
    ProtocolId,
    Requirement,
    RequirementVerdict,
    Run,
    RunError,
    Scenario,
    ScenarioVerdict,
    SecurityAssociation,
    TSi,
    TSr,
    TrafficSelector,
    Transform,
    TransformType,
    TsType,
    Unknown,
    VendorId,
    __version__,
    data_dir,
    grade,
    load_catalogue,
    load_scenario,
    load_suite,
    run,
)

__all__ = [name for name in dir() if not name.startswith("_")] + ["__version__"]
