# A whole MMSE inside an application of your own: twistd -ny examples/embed.tac
import os

from twisted.application.service import Application
from twisted.internet import reactor

from mmse.tap import configured, make_mmse

settings = configured(None, os.environ).settings  # the lab; or configured("mmse.toml", os.environ).settings
mmse = make_mmse(settings, reactor)  # mmse.relay, mmse.store, mmse.metrics and mmse.started are for you
application = Application("messages")
mmse.setServiceParent(application)
