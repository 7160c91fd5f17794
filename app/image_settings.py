"""The settings of where the images of stories are kept."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from app.setting_rules import refuse_file


class ImageSettings(BaseSettings):
    """Those of `Settings` that are about images; `images` is empty where there are none."""

    images: str = Field(
        default="",
        pattern=r"^(/.*|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9/_.-]*)?)?$",
        description="Where stories' images are kept: a folder, or s3://bucket/folder; empty: none",
    )
    image_max_mb: int = Field(
        default=10, ge=1, le=20, description="Megabytes that the file of an image may have"
    )

    @field_validator("images")
    @classmethod
    def _folder_and_no_file(cls, value: str) -> str:
        return refuse_file(value) if value.startswith("/") else value
