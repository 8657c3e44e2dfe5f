# A node that acknowledges before the commit, for tests/crash/test_kill.py only.
import os

from twisted.application.service import Application
from twisted.internet import reactor

from mmse.tap import configured, make_mmse
from tests.crash.hasty import open_hasty

application = Application("hasty")
make_mmse(configured(None, os.environ).settings, reactor, opened=open_hasty).setServiceParent(application)
