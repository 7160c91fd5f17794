"""Sessions with AWS that share what botocore's files say of its services.

Each session by itself reads them anew for its first client: 53 ms of CPU on our machine, where a
client of a session that shares them takes 12.
"""

from functools import cache

import boto3
import botocore.session
from botocore.loaders import Loader


def aws_session(region: str | None = None) -> boto3.Session:
    """Return a session of its own, which reads credentials and addresses from the environment.

    A session is for one thread, unlike its clients. Source: boto3's guide to sessions.
    """
    loader = _loader()
    own = botocore.session.Session()
    own.register_component("data_loader", loader)
    session = boto3.Session(botocore_session=own, region_name=region)
    # boto3 adds its own folder each time.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    return session


@cache
def _loader() -> Loader:
    """Return what reads those files, and keeps what it read; its folders are the environment's."""
    loader: Loader = botocore.session.Session().get_component("data_loader")
    return loader
