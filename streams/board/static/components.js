// What the design system's components do besides looking: a menu on phones, a focus on errors, shown passwords.
import {
  Button, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, ServiceNavigation, SkipLink, createAll,
} from "./vendor/govuk-frontend-6.3.0/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [
  Button, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, ServiceNavigation, SkipLink,
]) createAll(component);
