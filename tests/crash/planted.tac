# A node whose store breaks a promise, for tests/crash/test_kill.py only.
import os

from twisted.application.service import Application
from twisted.internet import reactor

from mmse.tap import configured, make_mmse
from tests.crash.planted import opener

application = Application("planted")
settings = configured(os.environ["MMSE_CRASH_CONFIG"], os.environ).settings
make_mmse(settings, reactor, opened=opener(os.environ["MMSE_CRASH_STORE"])).setServiceParent(application)
