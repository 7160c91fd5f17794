"""PostgreSQL, Valkey and SES for one machine."""
