internal import AgentCommand

await AgentCommand.start()
