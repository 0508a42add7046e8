"""The state room: what is kept between two turns, behind `ports.ConversationStore`."""
