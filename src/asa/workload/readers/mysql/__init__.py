"""The query logs of MySQL, MariaDB and Percona Server: the slow log and the general log."""
