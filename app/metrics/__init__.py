"""What Prometheus is told: figures of the database and of Valkey, and how long requests take."""
