"""Puts Demarche's page into Airflow's navigation, for users who are logged in."""

from typing import ClassVar

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends

from demarche.settings import read_settings
from demarche.web.app import create_app


class DemarchePlugin(AirflowPlugin):
    name = "demarche"
    fastapi_apps: ClassVar = [
        {
            # Airflow guards no route of a plugin: without the dependency the page would be open to anyone.
            "app": create_app(read_settings, dependencies=[Depends(get_user)]),
            "url_prefix": "/demarche",
            "name": "Demarche",
        }
    ]
    external_views: ClassVar = [
        {
            "name": "Demarche",
            "href": "/demarche/",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "demarche",
        }
    ]
