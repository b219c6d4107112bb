"""Every cause that asa tells apart, in the order in which a connection meets them.

A cause's code is stable: scripts and `--format json` rely on it.
"""

from asa.database.cause import Cause

__all__ = ["CAUSES", "cause_named"]


CAUSES = (
    # the way to the server
    Cause(
        "dns",
        'the name "{host}" does not resolve',
        "correct the host in the URL; between containers it is the service's name",
        transient=True,
    ),
    Cause(
        "refused",
        "connection refused: nothing listens at {address}",
        "start the database, or correct host and port in the URL",
        transient=True,
    ),
    Cause(
        "socket-missing",
        "there is no server socket at {address}",
        "start the database, or name its socket directory (host=...) or a host in the URL",
        transient=True,
    ),
    Cause(
        "unreachable",
        "no route to {address}",
        "check the network, VPN or firewall between here and {host}",
        transient=True,
    ),
    Cause(
        "timeout",
        "no answer from {address} in time",
        "check host, port and firewall; --timeout gives it longer",
        transient=True,
    ),
    Cause(
        "wrong-port",
        "{address} answers, but it is not {wanted}{said}",
        "correct the port in the URL",
    ),
    Cause(
        "connection-lost",
        "{address} closed the connection{said}",
        "look into the server's log; a proxy or a firewall may have cut it",
        transient=True,
    ),
    # TLS
    Cause(
        "tls-required",
        'login refused: {address} does not let "{user}" in without TLS',
        "add {tls_option} to the URL",
    ),
    Cause(
        "tls-refused",
        "TLS is asked for, but {address} does not offer it",
        "switch TLS on at the server, or drop {tls_option} from the URL",
    ),
    Cause(
        "tls-untrusted",
        "the certificate of {address} is signed by no authority known here",
        "name the authority's file with {root_option} in the URL",
    ),
    Cause(
        "tls-expired",
        "the certificate of {address} has expired",
        "renew the server's certificate",
    ),
    Cause(
        "tls-wrong-host",
        'the certificate of {address} is for another name than "{host}"',
        "use the certificate's name as the host in the URL",
    ),
    Cause(
        "tls-failed",
        "TLS with {address} failed{said}",
        "compare the TLS versions and certificates that both sides accept",
    ),
    # login
    Cause(
        "password",
        'login refused: wrong password for "{user}" at {host}',
        "correct the password in the URL; percent-encode @ : / % in it",
    ),
    Cause(
        "auth-method",
        'login refused: {host} wants another authentication method for "{user}"{said}',
        "change the role's method on the server, or use one that the driver knows",
    ),
    Cause(
        "role-locked",
        'login refused: {host} has locked "{user}"',
        "an administrator unlocks it: ALTER USER ... ACCOUNT UNLOCK",
    ),
    Cause(
        "password-expired",
        'login refused: the password of "{user}" at {host} has expired',
        "give it a new one: ALTER USER ... IDENTIFIED BY",
    ),
    Cause(
        "unknown-role",
        'login refused: the role "{user}" does not exist at {host}',
        "correct the user in the URL, or create the role",
    ),
    Cause(
        "no-access",
        'login refused: {host} lets "{user}" not into "{database}" from here{said}',
        "allow it on the server (pg_hba.conf, GRANT)",
    ),
    Cause(
        "unknown-database",
        'the database "{database}" does not exist at {host}',
        "create it, or correct the name in the URL",
    ),
    # the server's state
    Cause(
        "too-many-connections",
        "{host} has no free connection left{said}",
        "close idle clients, lower pool sizes, or raise max_connections",
        transient=True,
    ),
    Cause(
        "starting-up",
        "{host} is starting up",
        "wait until it is ready: add --wait 60",
        transient=True,
    ),
    Cause(
        "in-recovery",
        "{host} is in recovery and takes no connections yet",
        "wait until it is ready: add --wait 60",
        transient=True,
    ),
    Cause(
        "shutting-down",
        "{host} is shutting down",
        "start it again, or wait for its successor",
        transient=True,
    ),
    Cause(
        "read-only",
        "{host} takes no writes now: it is read-only",
        "connect to the primary, or use a role that may write",
    ),
    # this side
    Cause(
        "missing-driver",
        'the driver "{module}" is not installed in this environment',
        "pip install {module}",
    ),
    Cause(
        "missing-cryptography",
        "this server's login method needs the package cryptography",
        "pip install cryptography",
    ),
    Cause(
        "unsupported-option",
        "the driver knows no URL option{said}",
        "correct or remove the option in the URL",
    ),
    # SQLite
    Cause(
        "file-missing",
        "the file {database} does not exist",
        "asa upgrade   creates it; or correct the path in the URL",
    ),
    Cause(
        "directory-missing",
        "the directory of {database} does not exist",
        "create the directory, or correct the path in the URL",
    ),
    Cause(
        "directory-read-only",
        "the directory of {database} takes no new files, which SQLite needs beside it",
        "give this user write permission on the directory",
    ),
    Cause(
        "unreadable",
        "{database} may not be read by this user",
        "give this user read and write permission on the file",
    ),
    Cause(
        "not-a-database",
        "{database} is not an SQLite database",
        "correct the path in the URL",
    ),
    Cause(
        "locked",
        "{database} is locked by another process",
        "end the other writer, or wait: add --wait 60",
        transient=True,
    ),
    # a statement, once connected
    Cause(
        "permission",
        '"{user}" lacks a privilege at {host}{said}',
        "GRANT it to the role",
    ),
    Cause(
        "lock-timeout",
        "a lock was not had in time at {host}",
        "find who holds it, or try again later",
        transient=True,
    ),
    Cause(
        "statement-timeout",
        "a statement was stopped at {host}: it took too long",
        "try again, or raise the statement's time limit",
        transient=True,
    ),
    Cause(
        "statement-failed",
        "{host} refused a statement{said}",
        "",
    ),
    Cause(
        "unknown",
        "{subject} cannot be used{said}",
        "ASA_DEBUG=1 shows the driver's own error",
    ),
)


BY_CODE = {cause.code: cause for cause in CAUSES}


def cause_named(code: str) -> Cause:
    """Return the cause with that code."""
    return BY_CODE[code]
