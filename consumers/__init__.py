"""What reacts to event streams: alert rules, recorder and senders, and the clock that turns due dates into facts."""
