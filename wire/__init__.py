"""The contract between gateway and server: messages, codec, topics, the delivery rule. Imports nothing of ours."""
