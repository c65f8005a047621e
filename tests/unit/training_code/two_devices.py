"""Runs train.py on two logical CPUs in place of two GPUs.

python two_devices.py --train DIR --validation DIR --output DIR ...
"""

import sys

import tensorflow as tf

import train
from learning import machine

[cpu] = tf.config.list_physical_devices("CPU")
half = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(cpu, [half, half])
strategy = machine.strategy
machine.strategy = lambda *given: strategy(*given, ["/device:CPU:0", "/device:CPU:1"])
sys.exit(train.main(sys.argv[1:]))
