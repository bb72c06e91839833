"""ministack, made to record what its IAM decides, to decide for others, and to refuse what AWS refuses.

Everything here runs inside the emulator's process, and knows ministack's insides; nothing else in this repository does.
"""
